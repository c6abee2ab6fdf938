"""Tables of what the rules know of resource types."""
