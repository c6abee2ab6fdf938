"""Short looks over the network, with the standard library: does something answer, and what."""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import urllib.error
import urllib.request
from typing import Any

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get_json(url: str, timeout_seconds: float) -> dict[str, Any] | None:
    """The JSON object at an address of this machine (no proxy), or None."""
    try:
        with _direct.open(url, timeout=timeout_seconds) as response:
            content = json.loads(response.read(65536))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def can_connect(host: str, port: int) -> bool:
    """True when something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=2.0):
            return True
    except OSError:
        return False


def is_reachable(url: str, timeout_seconds: float = 4.0) -> bool:
    """True when a server answers there with any status, through the proxy where one is set."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def interface_address(interface: str) -> str:
    """The IPv4 address of a network interface of this machine (Linux), or ""."""
    read_address = 0x8915  # SIOCGIFADDR, see netdevice(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking.fileno(), read_address, struct.pack("256s", interface.encode()[:15]))
        except OSError:
            return ""
    return socket.inet_ntoa(answer[20:24])


def is_own_address(address: str) -> bool:
    """True when a program on this machine can listen on that IPv4 address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
