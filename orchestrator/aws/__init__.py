"""AWS: sessions and their account, the state bucket, the registry."""
