"""Verbs that look, and change nothing: only `doctor --fix` changes this machine."""
