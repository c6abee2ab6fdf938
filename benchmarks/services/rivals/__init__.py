"""What the services are measured against, each a program of its own."""
