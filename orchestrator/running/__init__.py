"""What runs in an environment: its services, what they wrote, and how they differ from the checkout."""
