"""Runs an image once before it is pushed, under the restrictions of Amazon ECS, and judges what that shows."""
