"""Bundles: a plan that was reviewed, kept as a folder and applied exactly so."""
