"""Whether tasks reach what they cannot start without, computed from what the network is made of."""
