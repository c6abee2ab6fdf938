"""What is lost: data, addresses and running services that a plan destroys or replaces."""
