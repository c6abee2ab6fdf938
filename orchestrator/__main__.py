"""The command line, for a Python that is isolated (`-I`) and so does not know where this package is."""

import gc
import os
import sys
from pathlib import Path

# Nearly everything that a command allocates, modules and answers, it keeps to its end: looking for cycles as often as a
# server does takes a tenth of the time of an `up` that changes nothing.
gc.set_threshold(100_000, 50, 100)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if "_ARGCOMPLETE" in os.environ:
    from orchestrator.cli.completion import main
else:
    from orchestrator.cli.main import main

sys.exit(main())
