"""Static files: read once, compressed once, addressed by their content."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_COMPRESSED_ALREADY: Final = frozenset({".png", ".woff2"})
_IMPORT: Final = re.compile(rb'from "\./([^"]+)"')


@dataclass(frozen=True)
class Asset:
    """One static file."""

    media_type: str
    content: bytes
    compressed: bytes | None
    """The content with gzip. Its header has no time in it: every task sends the same bytes."""


@dataclass(frozen=True)
class Assets:
    """All static files, and a version that changes when any of them does.

    The version is a folder in their URLs, so that scripts can import each other by relative paths,
    and what a browser keeps under it is of that version. While one version replaces another, a task
    of the other one may answer with its own files, which are not kept: modules that do not fit
    together do not start, and `theme.js` loads the page again.
    """

    version: str
    by_name: Mapping[str, Asset]

    def modules(self, name: str) -> list[str]:
        """All modules that the module `name` imports, directly or through others, sorted."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            imports = _IMPORT.findall(self.by_name[waiting.pop()].content)
            new = {module.decode() for module in imports} - found
            found |= new
            waiting += new
        return sorted(found)


def compress(content: bytes) -> bytes:
    """The content with gzip, the same for the same content."""
    return gzip.compress(content, 9, mtime=0)


def load() -> Assets:
    """Reads the files in `static/`."""
    found = {}
    digest = hashlib.sha256()
    for file in sorted((files(__package__) / "static").iterdir(), key=lambda file: file.name):
        suffix = file.name[file.name.rfind(".") :]
        if suffix not in _MEDIA_TYPES:
            continue
        content = file.read_bytes()
        compressed = None if suffix in _COMPRESSED_ALREADY else compress(content)
        found[file.name] = Asset(_MEDIA_TYPES[suffix], content, compressed)
        digest.update(b"%s\0%d\0%s" % (file.name.encode(), len(content), content))
    return Assets(digest.hexdigest()[:16], found)
