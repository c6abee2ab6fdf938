"""The certificate authorities that the host trusts: Python's own, and those of the variables that other tools read."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

VARIABLES = (
    "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
)  # fmt: skip


def bundles(environment: Mapping[str, str]) -> Iterator[Path]:
    """The files of certificates that the environment names and that are there, each once."""
    found = dict.fromkeys(Path(environment[name]) for name in VARIABLES if environment.get(name))
    yield from (file for file in found if os.access(file, os.R_OK))


def context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Trusts what the host trusts. A file that holds no certificate adds none."""
    made = ssl.create_default_context()
    for file in bundles(environment):
        try:
            if file.is_dir():
                made.load_verify_locations(capath=str(file))
            else:
                made.load_verify_locations(cafile=str(file))
        except (ssl.SSLError, OSError):
            continue
    return made
