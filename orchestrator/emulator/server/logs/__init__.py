"""What is written for people to read, and how much of it is kept."""
