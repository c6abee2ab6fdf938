"""A deploy from a checkout to a version that is proven live, and the way back."""
