"""Who may do what: policies, credentials, logins, isolation."""
