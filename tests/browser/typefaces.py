"""The typefaces that browsers draw with in tests, whatever else a machine has: pictures are the same everywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

from orchestrator.console import Console
from orchestrator.machine import apt

# Typeface and Debian package. What the first does not have (Korean, signs) is drawn with the others.
_FACES = {
    "Liberation Sans": "fonts-liberation",
    "NanumGothic": "fonts-nanum",
    "DejaVu Sans": "fonts-dejavu-core",
}
# Smoothed with shades of grey, and hinted as Debian does it.
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{folders}
  <cachedir>{cache}</cachedir>
{preferred}
  <match target="pattern">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>true</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintslight</const></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""
_PREFERRED = {
    "sans-serif": "Liberation Sans",
    "system-ui": "Liberation Sans",
    "serif": "Liberation Serif",
    "monospace": "DejaVu Sans Mono",
}


def configure(lister: str, folder: Path) -> Path:
    """Installs what is missing; returns the file for FONTCONFIG_FILE. `lister` is fontconfig's `fc-list`."""
    folders = [_folder(lister, face, package) for face, package in _FACES.items()]
    aliases = [
        f'  <alias binding="same"><family>{name}</family><prefer><family>{face}</family></prefer></alias>'
        for name, face in _PREFERRED.items()
    ]
    file = folder / "fonts.conf"
    file.write_text(
        _CONFIGURATION.format(
            folders="\n".join(f"  <dir>{path}</dir>" for path in folders),
            cache=folder / "cache",
            preferred="\n".join(aliases),
        )
    )
    return file


def _folder(lister: str, face: str, package: str) -> Path:
    files = _files(lister, face)
    if not files:
        apt.install((package,), Console().say, "a test needs it")
        files = _files(lister, face)
    assert files, f"{face} is not in the package that was installed"
    return Path(files[0]).parent


def _files(lister: str, face: str) -> list[str]:
    found = subprocess.run([lister, "--format", "%{file}\n", face], capture_output=True, text=True, check=True)
    return sorted(found.stdout.split("\n")[:-1])
