"""Encryption of connections: TLS versions, certificates, and what needs no encryption any more."""
