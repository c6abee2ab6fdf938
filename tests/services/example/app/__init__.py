"""A service for tests: as small as the README says a service can be, and able to misbehave."""
