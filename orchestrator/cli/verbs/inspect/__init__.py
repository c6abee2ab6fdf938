"""Verbs that look and change nothing."""
