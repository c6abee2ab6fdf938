"""The rules by which a plan is judged."""
