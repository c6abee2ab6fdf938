"""What every command prints with `--json`, field by field: docs/json.md is written from it."""
