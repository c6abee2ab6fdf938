"""Where Terraform gets its providers: the registry, or a mirror that this machine carries."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path

from orchestrator.errors import PrerequisiteMissing
from orchestrator.system import atomic, net
from orchestrator.system.paths import cache, home

REGISTRY = "https://registry.terraform.io/.well-known/terraform.json"
VERSION = "5.100.0"
SOURCE = Path("registry.terraform.io/hashicorp/aws")
# What every Terraform run of ours wants: no questions, and fewer collections of garbage. Each run loads the provider's
# schemas, which are live until its end: to collect around them took a quarter of a plan's CPU time. It costs 150 MB.
SETTINGS = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", "GOGC": "400"}


def terraform_env(say: Callable[[str], None] | None = None) -> dict[str, str]:
    """What Terraform's processes need in their environment to find their provider.

    Raises `PrerequisiteMissing` when neither the registry nor a mirror has it.
    """
    if has_own_configuration():
        # The person's own CLI configuration names the mirrors and the cache that they want.
        return dict(SETTINGS)
    way = find(say)
    if way == "":
        raise PrerequisiteMissing(
            f"Terraform's provider hashicorp/aws {VERSION} cannot be had",
            reason="The Terraform registry cannot be reached, and no folder on this machine is a mirror of it.",
            next_step="give this machine access to registry.terraform.io,\n"
            "or copy a mirror made elsewhere by `terraform providers mirror FOLDER` to /usr/local/share/terraform/"
            "plugins",
        )
    if way != "registry":
        return {**SETTINGS, "TF_CLI_CONFIG_FILE": str(_write_configuration(Path(way)))}
    _downloads().mkdir(parents=True, exist_ok=True)
    # TF_CLI_CONFIG_FILE naming nothing makes each Terraform command warn: an empty value takes it away.
    broken = {"TF_CLI_CONFIG_FILE": ""} if "TF_CLI_CONFIG_FILE" in os.environ else {}
    return {**SETTINGS, **broken, "TF_PLUGIN_CACHE_DIR": str(_downloads())}


def has_own_configuration() -> bool:
    """True when TF_CLI_CONFIG_FILE names a file that is there."""
    named = os.environ.get("TF_CLI_CONFIG_FILE", "")
    return bool(named) and Path(named).is_file()


def find(say: Callable[[str], None] | None = None) -> str:
    """Where the provider comes from: "registry", a mirror's folder, or "" when there is neither.

    A mirror is remembered, so that a later run does not try the registry again.
    """
    memory = cache() / "terraform-mirror"
    try:
        kept = memory.read_text()
    except (OSError, ValueError):
        kept = ""
    if kept and is_mirror(Path(kept)):
        return kept
    way = look()
    if way not in ("", "registry", str(_downloads())):
        if say is not None:
            say(f"the Terraform registry cannot be reached: using the mirror in {way}")
        atomic.write(memory, way)
    return way


def look() -> str:
    """As `find`, without memory: changes nothing."""
    # What Terraform downloaded before has the layout of a mirror, and using it as one needs no network.
    if is_mirror(_downloads()):
        return str(_downloads())
    # What Terraform finds by itself needs no registry either.
    if find_mirror(implied_mirrors(), depth=0) is not None or net.is_reachable(REGISTRY):
        return "registry"
    found = find_mirror(likely_roots())
    return str(found) if found is not None else ""


def find_mirror(roots: Iterable[Path], depth: int = 2) -> Path | None:
    """The first folder, at most `depth` levels below one of `roots`, that is a mirror holding our provider."""
    for root in roots:
        level = [root]
        for _ in range(depth + 1):
            for folder in level:
                if is_mirror(folder):
                    return folder
            level = [child for folder in level for child in _folders(folder)]
    return None


def is_mirror(folder: Path) -> bool:
    """True when Terraform can install our provider, in our version and for this machine, from there."""
    provider = folder / SOURCE
    unpacked = provider / VERSION / target()
    packed = provider / f"terraform-provider-aws_{VERSION}_{target()}.zip"
    try:
        return packed.is_file() or any(unpacked.glob("terraform-provider-aws*"))
    except (OSError, ValueError):  # ValueError: no file system has a name with a null in it
        return False


def target() -> str:
    """This machine as Terraform names it: linux_amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def implied_mirrors() -> list[Path]:
    """Folders in which Terraform looks by itself (terraform.io: "Implied Local Mirror Directories")."""
    data_home = Path(os.environ.get("XDG_DATA_HOME") or home() / ".local/share")
    data = [Path(part) for part in (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")]
    return [
        home() / ".terraform.d/plugins",
        *(root / "terraform/plugins" for root in (data_home, *data)),
    ]


def likely_roots() -> list[Path]:
    """Where people put a mirror that Terraform does not find by itself."""
    return [Path("/opt"), Path("/usr/share"), Path("/usr/local/share"), Path("/srv"), Path("/var/lib")]


def configuration(mirror: Path) -> str:
    """Terraform's CLI configuration that takes our provider from a mirror and any other from where it comes."""
    return f"""\
provider_installation {{
  filesystem_mirror {{
    path    = {json.dumps(str(mirror))}
    include = ["registry.terraform.io/hashicorp/aws"]
  }}
  direct {{
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }}
}}
"""


def _write_configuration(mirror: Path) -> Path:
    path = cache() / "terraform.tfrc"
    content = configuration(mirror)
    if not path.is_file() or path.read_bytes() != content.encode():
        atomic.write(path, content)
    return path


def _downloads() -> Path:
    return cache() / "terraform-plugins"


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir() and not child.is_symlink())
    except OSError:
        return []
