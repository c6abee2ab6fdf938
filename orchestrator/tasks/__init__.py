"""One-off tasks: what they are made of, how they are started and followed to their end, and how they are stopped."""
