"""A deploy as a page: what was done when, the images, the plan, what ECS said, and why it failed if it did."""
