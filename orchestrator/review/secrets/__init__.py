"""Finds secrets, marked or not, and keeps them out of every report."""
