"""Measurements, outside of the tests: they need a quiet machine and some minutes."""
