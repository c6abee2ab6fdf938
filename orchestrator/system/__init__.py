"""Processes, signals, files: nothing of this project but where its folders are."""
