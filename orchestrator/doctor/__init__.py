"""What a machine and an account have and lack."""
