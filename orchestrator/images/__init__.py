"""Images: what goes in, how they are built, pushed and found again."""
