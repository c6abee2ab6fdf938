"""The one-machine target: engine, base image, emulated AWS. Nothing else knows about emulation."""
