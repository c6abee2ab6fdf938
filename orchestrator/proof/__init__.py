"""Proof that a version is live: rollout, health, smoke test, evidence of failures."""
