"""The package registries that this machine is set up for, as a build that has a network reaches them."""
