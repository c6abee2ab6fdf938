"""The words service: random words, and stories filled with them."""
