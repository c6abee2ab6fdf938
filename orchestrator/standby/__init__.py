"""The standby: the version that serves goes on serving while a new one is deployed and proven."""
