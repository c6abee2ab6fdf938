"""Machines outside AWS that register with an environment's cluster (ECS Anywhere)."""
