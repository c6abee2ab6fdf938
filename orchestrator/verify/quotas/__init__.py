"""Whether what an environment needs fits into the quotas of the account."""
