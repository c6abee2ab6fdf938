"""What is known of Kubernetes: its objects, however the configuration writes them, and what weakens them."""
