"""Certificates that nobody trusts, made by OpenSSL."""

from __future__ import annotations

import subprocess
from pathlib import Path


def made(folder: Path, name: str, days: int) -> tuple[bytes, bytes]:
    """A certificate for the name that ends in so many days (-1: yesterday), and its key."""
    folder.mkdir(exist_ok=True)
    key, request, extra, file = (folder / part for part in ("key.pem", "request.pem", "names", "certificate.pem"))
    extra.write_text(f"subjectAltName = DNS:{name}\n")
    commands: tuple[list[str | Path], ...] = (
        ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}"],
        ["x509", "-req", "-in", request, "-signkey", key, "-days", str(days), "-extfile", extra, "-out", file],
    )
    for words in commands:
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return file.read_bytes(), key.read_bytes()
