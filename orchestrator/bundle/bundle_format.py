"""What a bundle is, and how `bundle.json` says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.images.image import Image

FORMAT = 1
DESCRIPTION = "bundle.json"
PLAN = "environment.tfplan"
REVIEW_JSON, REVIEW_MARKDOWN, REVIEW_HTML = "review.json", "review.md", "review.html"
RENDERINGS = (REVIEW_JSON, REVIEW_MARKDOWN, REVIEW_HTML)


class OtherFormat(Exception):
    """The description has a format that this program does not read."""

    def __init__(self, version: object) -> None:
        super().__init__(f"The bundle has format {version!r}, this program reads format {FORMAT}.")


class Refused(Failure):
    """A bundle that is not applied. `kind` says why, for programs."""

    def __init__(
        self, kind: str, message: str, *, reason: str, next_step: str, exit_code: ExitCode = ExitCode.FAILURE
    ) -> None:
        super().__init__(message, reason=reason, next_step=next_step, exit_code=exit_code)
        self.kind = kind


@dataclass(frozen=True)
class StateId:
    """Which state of Terraform's: it moves on with every apply. `""` and 0 where there is none yet."""

    lineage: str = ""
    serial: int = 0


@dataclass(frozen=True)
class Bundle:
    """What a bundle's folder holds. `sha256` is that of its `bundle.json`; times are UTC.

    `unfinished` are the addresses of what the plan replaces and its apply keeps: an earlier run left them half made.
    `sources` are the checkout's files that Terraform reads, `files` those of the folder, each with its SHA-256.
    Without `has_changes` there is no plan in it. `stops` says whether the policy let nothing be applied at that time.
    """

    environment: str
    account_id: str
    region: str
    commit: str
    created_at: str
    created_by: str
    terraform_version: str
    providers: Mapping[str, str]
    images: Mapping[str, Image]
    state: StateId
    sources: Mapping[str, str]
    has_changes: bool
    stops: bool
    unfinished: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    sha256: str = ""

    @property
    def missing(self) -> list[str]:
        """The services whose image had not been built when the plan was made."""
        return sorted(name for name, image in self.images.items() if image.missing)

    @property
    def plan_file(self) -> Path | None:
        """Where the saved plan is; None if there is nothing to apply."""
        return self.folder / PLAN if self.has_changes else None

    @property
    def is_used(self) -> bool:
        """True if its plan is gone: it has been applied, or another apply has made it stale."""
        return self.has_changes and not self.file(PLAN).exists()

    def file(self, name: str) -> Path:
        """Where a file of the bundle is."""
        return self.folder / name


def encode(made: Bundle) -> bytes:
    """The bundle as `bundle.json`."""
    values = {"format": FORMAT} | {
        name: value for name, value in asdict(made).items() if name not in ("folder", "sha256")
    }
    values["images"] = {name: {key: getattr(image, key) for key in _IMAGE} for name, image in made.images.items()}
    return (json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def decode(data: bytes) -> Bundle:
    """The bundle that `bundle.json` tells of.

    Raises `OtherFormat` if another version of this program wrote it, `ValueError` with the reason if it makes no sense.
    """
    try:
        values = json.loads(data)
        version = values.pop("format")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("It is no JSON object with a format version.") from None
    if version != FORMAT:
        raise OtherFormat(version)
    try:
        bundle = Bundle(**_typed(values))
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"Something in it is missing or wrong: {error}.") from None
    if set(bundle.files) != {*RENDERINGS, *([PLAN] if bundle.has_changes else [])}:
        raise ValueError(f"It lists other files than a bundle has: {', '.join(sorted(bundle.files))}.")
    return bundle


# What a bundle says of an image: how it came into the registry is no matter of the plan's.
_IMAGE = ("service", "tag", "digest", "uri", "missing", "why")
_TEXTS = ("environment", "account_id", "region", "commit", "created_at", "created_by", "terraform_version")


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """The values with their types. Raises `TypeError`, `KeyError` or `ValueError`."""
    for name in _TEXTS:
        if not isinstance(values[name], str):
            raise ValueError(f"{name} is no text")
    for name in ("has_changes", "stops"):
        if not isinstance(values[name], bool):
            raise ValueError(f"{name} is neither true nor false")
    for name in ("providers", "sources", "files"):
        if not isinstance(values[name], dict) or not all(isinstance(item, str) for item in values[name].values()):
            raise ValueError(f"{name} is no object of texts")
    unfinished = values.get("unfinished", [])
    if not isinstance(unfinished, list) or not all(isinstance(item, str) for item in unfinished):
        raise ValueError("unfinished is no list of texts")
    if not isinstance(values["images"], dict) or not isinstance(values["state"], dict):
        raise ValueError("images or state is no object")
    state = StateId(**values["state"])
    if not isinstance(state.lineage, str) or not isinstance(state.serial, int):
        raise ValueError("state is not a lineage and a serial number")
    images = {name: _image(name, item) for name, item in values["images"].items()}
    return values | {"images": images, "state": state, "unfinished": tuple(unfinished)}


def _image(service: str, values: dict[str, Any]) -> Image:
    if set(values) != set(_IMAGE):
        raise TypeError(f"the image of {service} has other keys")
    texts = [value for key, value in values.items() if key != "missing"]
    if values["service"] != service or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"the image of {service}")
    if not isinstance(values["missing"], bool):
        raise ValueError(f"the image of {service} is neither missing nor there")
    image = Image(**{key: value for key, value in values.items() if key != "digest"})
    if image.digest != values["digest"]:
        raise ValueError(f"the digest of {service} is not that of its address")
    return image
