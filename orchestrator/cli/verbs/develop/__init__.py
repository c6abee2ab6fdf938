"""Verbs for work on this project itself."""
