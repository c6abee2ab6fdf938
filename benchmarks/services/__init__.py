"""The services measured: `python3 benchmarks/services/run.py`."""
