"""A rule's examples as plans: what fires, what stays silent."""
