"""Renderings of a review: terminal, Markdown, HTML, JSON."""
