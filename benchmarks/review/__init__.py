"""The review measured on plans with thousands of changes: `python3 benchmarks/review/run.py`."""
