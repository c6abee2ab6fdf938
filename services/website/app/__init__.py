"""The website service: one page, its script, its style sheet."""
