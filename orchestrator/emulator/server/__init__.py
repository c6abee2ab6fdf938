"""The emulator's process. Runs in the emulator's own virtual environment: standard library, hypercorn and ministack."""
