"""Lock files: the exact versions and hashes that an image is made of."""
