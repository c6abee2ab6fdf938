"""Facts about identities and permissions: policies, accounts, what gives power."""
