"""What becomes of each key of a Copilot manifest: one module per part of a manifest."""
