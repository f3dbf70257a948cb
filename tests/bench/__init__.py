"""Speed, measured by hand and never as a test: `scripts/bench NAME [--json]`."""
