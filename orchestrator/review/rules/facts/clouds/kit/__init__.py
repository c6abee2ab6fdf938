"""Rows that several clouds have."""
