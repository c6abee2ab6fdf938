"""The command line, for a Python that is isolated (`-I`) and so does not know where this package is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orchestrator.cli.main import main

sys.exit(main())
