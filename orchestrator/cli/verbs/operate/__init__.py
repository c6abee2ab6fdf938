"""Verbs for an environment that is up."""
