"""What the rules know of resource types: tables."""
