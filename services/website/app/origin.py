"""Where a reader reached the service: what whole addresses begin with."""

import re
from typing import Final

_HOST: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?", re.ASCII)


def read(host: str, forwarded_proto: str) -> str | None:
    """`https://example.com`, from Host and the load balancer's X-Forwarded-Proto; None if Host is no name of a host.

    Whoever asks can send any name: an answer that has it in it is for nobody else.
    """
    name = host.lower()
    if not _HOST.fullmatch(name):
        return None
    return f"{'https' if forwarded_proto == 'https' else 'http'}://{name}"
