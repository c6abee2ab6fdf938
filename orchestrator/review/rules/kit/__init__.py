"""What rules are made of: rows, the engine that walks them, examples, findings."""
