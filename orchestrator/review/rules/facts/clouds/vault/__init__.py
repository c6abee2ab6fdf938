"""HashiCorp Vault: what policies allow, who gets in, and what is recorded."""
