"""What notices that something is wrong, and what reacts to it."""
