"""What is known of a type of resource, and what the words and values in one say of which nothing is known."""
