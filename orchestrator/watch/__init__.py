"""`up --watch`: what is saved is served at once, by the tasks that run."""
