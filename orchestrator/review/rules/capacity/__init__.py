"""Too little to run on."""
