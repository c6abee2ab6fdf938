"""The emulated AWS of the local environment."""
