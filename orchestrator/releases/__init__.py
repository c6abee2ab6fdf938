"""What has been done to an environment: its releases, and a record of every command that changed it."""
