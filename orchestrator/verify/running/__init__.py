"""Whether what runs can go on running: images, roles, secrets, log groups, health checks."""
