"""What the rules know of resource types, and of a plan as a whole."""
