"""Verbs for pipelines: the stages, and the review of any plan."""
