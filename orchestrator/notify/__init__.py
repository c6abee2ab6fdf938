"""Notifications: what came of a deploy, a freeze or a drift, sent to a webhook or a command of the environment's."""
