"""How the containers of a task run: as ECS runs them, where the engine can."""
