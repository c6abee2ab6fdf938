"""Says good night."""

import os

print(os.environ["GREETING"], flush=True)
