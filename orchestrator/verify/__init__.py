"""Looks at an environment in AWS before anything is built for it: what a deploy and its tasks would fail by."""
