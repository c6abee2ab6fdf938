"""What people do with an environment that is up: look inside a task, run a command once, change the number of tasks."""
