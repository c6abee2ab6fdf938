"""Lists what an image consists of, as CycloneDX 1.6 writes it, from what is really in it and without network.

`python3 components.py PACKAGES WHEELS DPKG_STATUS > components.json`: the folder that the Python packages are installed
in, the folder of their wheels, and Debian's list of the image's packages. `sbom.py` makes a bill of materials of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pip._vendor.packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression  # type: ignore[import-not-found]
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename
from pip._vendor.packaging.version import Version

DOCUMENTS = Path("/usr/share/doc")
# Fields of a package that need other packages at run time.
DEBIAN_NEEDS = ("Pre-Depends", "Depends")


@dataclass(frozen=True)
class Component:
    """A component as CycloneDX writes it, and the names that may stand for it among what it and others need."""

    data: Mapping[str, Any]
    names: frozenset[str]
    needs: tuple[tuple[str, ...], ...] = field(default=())
    """Each entry lists alternatives, of which the first that is in the image counts."""

    @property
    def reference(self) -> str:
        """What identifies it in the document."""
        return str(self.data["bom-ref"])


def python_packages(packages: Path, wheels: Path) -> Iterator[Component]:
    """The installed Python distributions."""
    files = {parse_wheel_filename(file.name)[:2]: file for file in wheels.glob("*.whl")}
    for found in metadata.distributions(path=[str(packages)]):
        name = canonicalize_name(found.name)
        wheel = files[name, Version(found.version)]
        fields = HeaderParser().parsestr(found.read_text("METADATA") or "")
        requirements = map(Requirement, found.requires or ())
        needs = (item.name for item in requirements if item.marker is None or item.marker.evaluate({"extra": ""}))
        identity = f"pkg:pypi/{name}@{quote(found.version)}"
        data = {
            "type": "library",
            "bom-ref": identity,
            "name": found.name,
            "version": found.version,
            "description": fields["Summary"],
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
            "licenses": python_licences(fields),
            "purl": identity,
        }
        yield Component(
            data, frozenset({f"python:{name}"}), tuple((f"python:{canonicalize_name(need)}",) for need in needs)
        )


def python_licences(fields: Message) -> list[dict[str, Any]]:
    """The SPDX expression where the package has one, else the names that it gives."""
    for name in ("License-Expression", "License"):
        with contextlib.suppress(InvalidLicenseExpression):
            return [{"expression": canonicalize_license_expression(fields[name] or "")}]
    lines = fields.get_all("Classifier", ())
    names = [line.rpartition(" :: ")[2] for line in lines if line.startswith("License ::")]
    return [{"license": {"name": name}} for name in names]


def debian_packages(status: Path, release: Mapping[str, str]) -> Iterator[Component]:
    """The packages of the base image."""
    for record in status.read_text().split("\n\n"):
        package = HeaderParser().parsestr(record)
        if package["Package"] is None:
            continue
        source = re.sub(r" \((.*)\)", r"@\1", package["Source"] or "")
        qualifiers = {"arch": package["Architecture"], "distro": f"{release['ID']}-{release['VERSION_ID']}"}
        qualifiers |= {"upstream": source} if source else {}
        asked = "&".join(f"{key}={quote(value, safe='')}" for key, value in sorted(qualifiers.items()))
        identity = (
            f"pkg:deb/{release['ID']}/{quote(package['Package'], safe='')}@{quote(package['Version'], safe='')}?{asked}"
        )
        data = {
            "type": "library",
            "bom-ref": identity,
            "supplier": {"name": re.sub(r" <.*", "", package["Maintainer"])},
            "name": package["Package"],
            "version": package["Version"],
            "description": package["Description"].partition("\n")[0],
            "licenses": debian_licences(DOCUMENTS / package["Package"] / "copyright"),
            "purl": identity,
        }
        provided = re.sub(r"\([^)]*\)", "", package["Provides"] or "").split(",")
        names = {f"debian:{name.strip()}" for name in (package["Package"], *provided) if name.strip()}
        yield Component(data, frozenset(names), tuple(debian_needs(package)))


def debian_needs(package: Message) -> Iterator[tuple[str, ...]]:
    """Per dependency the names that satisfy it."""
    for line in DEBIAN_NEEDS:
        for need in (package[line] or "").split(","):
            alternatives = (re.split(r"[ :(\[]", name.strip())[0] for name in need.split("|"))
            yield tuple(f"debian:{name}" for name in alternatives if name)


def debian_licences(file: Path) -> list[dict[str, Any]]:
    """The names of the licences in a copyright file that programs can read (DEP 5)."""
    text = file.read_text() if file.exists() else ""
    if not re.match(r"Format(-Specification)?:", text):
        return []
    names = set(re.findall(r"^License:[ \t]*(\S.*?)[ \t]*$", text, re.MULTILINE))
    return [{"license": {"name": name}} for name in sorted(names)]


def python_itself(debian: Iterable[Component]) -> Iterator[Component]:
    """Python, where it is not one of Debian's packages."""
    version = platform.python_version()
    if not any(str(component.data["name"]).startswith("python3.") for component in debian):
        identity = f"pkg:generic/python@{version}"
        data = {
            "type": "platform",
            "bom-ref": identity,
            "name": "python",
            "version": version,
            "licenses": [{"expression": "PSF-2.0"}],
            "cpe": f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
            "purl": identity,
        }
        yield Component(data, frozenset())


def operating_system(release: Mapping[str, str]) -> Component:
    """The distribution, by which scanners choose their list of vulnerabilities."""
    data = {
        "type": "operating-system",
        "bom-ref": f"os:{release['ID']}-{release['VERSION_ID']}",
        "name": release["ID"],
        "version": release["VERSION_ID"],
        "description": release["PRETTY_NAME"],
    }
    return Component(data, frozenset())


def listed(components: Iterable[Component]) -> dict[str, Any]:
    """The `components` and the `dependencies` of a bill of materials."""
    ordered = sorted(components, key=lambda component: component.reference)
    by_name = {name: component.reference for component in ordered for name in component.names}
    dependencies = []
    for component in ordered:
        found = (next((by_name[name] for name in names if name in by_name), None) for names in component.needs)
        needed = {reference for reference in found if reference not in (None, component.reference)}
        dependencies.append({"ref": component.reference, "dependsOn": sorted(needed)})
    return {
        "components": [{key: value for key, value in item.data.items() if value} for item in ordered],
        "dependencies": dependencies,
    }


def main(packages: Path, wheels: Path, status: Path) -> None:
    """Prints the list."""
    release = platform.freedesktop_os_release()
    debian = list(debian_packages(status, release))
    components = [operating_system(release), *python_itself(debian), *debian, *python_packages(packages, wheels)]
    json.dump(listed(components), sys.stdout)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
