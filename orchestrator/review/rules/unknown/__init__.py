"""What the words and values in a resource say of whose type no rule knows anything."""
