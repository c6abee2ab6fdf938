"""The pipeline's stages: what they keep for each other, and how they tell their result to the CI that runs them."""
