"""EventBridge Scheduler: when a schedule is due, and what happens then."""
