"""Writes an image's bill of materials (CycloneDX 1.6).

`python3 sbom.py NAME VERSION < components.json > sbom.cdx.json`: NAME and VERSION of the image, and the list that
`components.py` has made.

It holds no time and no random number, which CycloneDX leaves open: the same image gives the same bill.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any


def document(name: str, version: str, listed: dict[str, Any]) -> dict[str, Any]:
    """The bill of materials of an image that consists of what is listed."""
    subject = f"{name}@{version}"
    references = [component["bom-ref"] for component in listed["components"]]
    body = {
        "metadata": {"component": {"type": "container", "bom-ref": subject, "name": name, "version": version}},
        "components": listed["components"],
        "dependencies": [{"ref": subject, "dependsOn": references}, *listed["dependencies"]],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        **body,
    }


if __name__ == "__main__":
    json.dump(document(*sys.argv[1:], json.load(sys.stdin)), sys.stdout, indent=1, ensure_ascii=False)
