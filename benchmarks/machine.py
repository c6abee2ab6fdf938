"""The machine as results describe it. Neither names nor paths of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path


def described() -> dict[str, str]:
    """What the figures of `up` and `review` depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    told = subprocess.run(["terraform", "version", "-json"], capture_output=True, text=True, check=True).stdout
    return {
        "processor": next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
        ),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "Python": platform.python_version(),
        "Terraform": json.loads(told)["terraform_version"],
        "others' load when it began": f"{os.getloadavg()[0]:.1f}",
    }
