"""Facts about networks: ports, firewalls, traffic, TLS policies."""
