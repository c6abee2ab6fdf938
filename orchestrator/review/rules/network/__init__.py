"""Who can reach what: security groups, subnet rules, routes, and everything that gets a public address."""
