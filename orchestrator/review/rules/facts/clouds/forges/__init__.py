"""GitHub and GitLab: who sees the code, who may change it, and what must happen before it is merged."""
