"""The review measured on plans of 5,000 changed resources: `python3 benchmarks/review/run.py`."""
