"""Secrets where everybody can read them."""
