"""Bad versions: what each changes, and what has to be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.system.conftest import Clone

MAIN = "services/words/app/__main__.py"
ROUTES = "services/words/app/routes.py"
MANIFEST = "services/words/service.yaml"
FIRST_LINE = '"""`python3 -m app`: starts the words service."""\n'
IN_HANDLER = "query = read_query(request, WordsQuery)\n        words ="
# The header of a program for 64-bit PowerPC.
FOREIGN = (b"\x7fELF\x02\x02\x01" + bytes(9) + b"\0\x02\0\x15\0\0\0\x01" + bytes(40)).ljust(256, b"\0")


@dataclass(frozen=True)
class Edit:
    """Text of a file that is replaced; without `before` the file is made."""

    file: str
    before: str
    after: str | bytes

    def apply_to(self, clone: Clone) -> None:
        """Change the clone's file."""
        if self.before:
            assert isinstance(self.after, str)
            clone.edit(self.file, self.before, self.after)
            return
        path = clone.folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.after if isinstance(self.after, bytes) else self.after.encode())
        path.chmod(0o755 if isinstance(self.after, bytes) else 0o644)


@dataclass(frozen=True)
class Bad:
    """A version that must not go live. `said` are texts that the message must hold, in this order.

    `code` is the exit code where a version serves that one can go back to, or nothing has happened to it.
    `only_long` ones are tried with `--long` alone: another one is much like it.
    """

    name: str
    edits: Sequence[Edit]
    said: Sequence[str]
    code: int = 4
    only_long: bool = False

    @property
    def is_more(self) -> bool:
        """True if it changes a manifest as well, or several services."""
        files = {edit.file for edit in self.edits}
        return MANIFEST in files or len({file.split("/")[1] for file in files}) > 1

    def apply(self, clone: Clone) -> None:
        """Change the clone's files."""
        for edit in self.edits:
            edit.apply_to(clone)


def at_start(code: str) -> tuple[Edit, ...]:
    """`code` before anything else in words' process."""
    return (Edit(MAIN, FIRST_LINE, FIRST_LINE + code + "\n"),)


def in_handler(code: str) -> tuple[Edit, ...]:
    """`code` before anything else in the handler of `GET /api/words`."""
    return (Edit(ROUTES, IN_HANDLER, f"{code}\n        {IN_HANDLER}"),)


def in_save(code: str) -> Edit:
    """`code` before anything else in save's process."""
    first = '"""`python3 -m app`: starts the save service."""\n'
    return Edit("services/save/app/__main__.py", first, first + code + "\n")


DIED, SMOKED = "did not go live", "the smoke test of words failed"
TIMER = "import os, threading\nthreading.Timer({}, lambda: os._exit({})).start()"
BAD = (
    Bad("a module that is not there", at_start("import requests_that_is_not_there"),
        [DIED, "exited with 1", "Traceback", "import requests_that_is_not_there",
         "ModuleNotFoundError: No module named 'requests_that_is_not_there'"]),
    Bad("a syntax error", at_start("def broken(:"), ["the image of words does not build", "SyntaxError"], code=1,
        only_long=True),
    Bad("ends with 0 at once", at_start("raise SystemExit(0)"), [DIED, "exited with 0"], only_long=True),
    # A container's first process cannot kill itself: this is how the kernel's kill looks from outside.
    Bad("killed as if out of memory", at_start("import os\nos._exit(137)"),
        [DIED, "exited with 137 (killed"], only_long=True),
    Bad("crashes in native code", at_start("import ctypes\nctypes.string_at(0)"),
        [DIED, "exited with 139 (crashed)"], only_long=True),
    Bad("needs a secret that is not there", at_start("import os\nos.environ['API_TOKEN']"),
        [DIED, "exited with 1", "KeyError: 'API_TOKEN'"], only_long=True),
    Bad("ends itself after six seconds", at_start(TIMER.format(6, 7)), [DIED, "exited with 7"],
        only_long=True),
    # By its first request, which is the smoke test's: however long the rollout takes, it ends in the soak.
    Bad("ends itself ten seconds after its first request",
        in_handler("import os, threading\n        threading.Timer(10, lambda: os._exit(9)).start()"),
        ["a task of it stopped while it was watched", "exited with 9"]),
    Bad("waits and then ends, again and again", at_start("import time\ntime.sleep(6)\nraise SystemExit(1)"),
        [DIED, "exited with 1"], only_long=True),
    Bad("half of its tasks end", at_start("import os, random\nif random.random() < 0.7: os._exit(5)"),
        [DIED, "exited with 5"], only_long=True),
    Bad("hangs before it listens", at_start("import time\ntime.sleep(3600)"), [DIED, "does not answer /healthz"],
        only_long=True),
    Bad("listens on another port", at_start("import os\nos.environ['PORT'] = '9999'"),
        [DIED, "does not answer /healthz"], only_long=True),
    Bad("a health path that it does not have", [Edit(MANIFEST, "health: /healthz", "health: /nope")],
        [DIED, "answers /nope at port 8000 with 404", "runs, but is not well"], only_long=True),
    Bad("another port in the manifest than in the code",
        [Edit(MANIFEST, "port: 8000 ", "port: 9000 "), *at_start("import os\nos.environ['PORT'] = '8000'")],
        [DIED, "does not answer /healthz"], only_long=True),
    Bad("a new path, and an API that is broken", [Edit(MANIFEST, "paths: [/api/words]", "paths: [/api/vocabulary]"),
                                                  *in_handler('raise RuntimeError("broken")')],
        [SMOKED, "/api/vocabulary", "500"], only_long=True),
    Bad("its API answers 500", in_handler('raise RuntimeError("broken")'), [SMOKED, "500", "RuntimeError: broken"]),
    Bad("its API answers nothing", in_handler('return Response(b"")'), [SMOKED, "no JSON"], only_long=True),
    Bad("its API answers no words", in_handler('return JSON({"kind": "noun", "words": []})'),
        [SMOKED, "words is [], not a list of 3"], only_long=True),
    Bad("another answer than its manifest asks for",
        [Edit(MANIFEST, "json: {kind: noun", "json: {kind: verb"), *at_start("# another version")],
        [SMOKED, "GET ", "/api/words?kind=noun&count=3 answered JSON in which kind is 'noun', not 'verb'"],
        only_long=True),
    Bad("its API hangs", in_handler("import asyncio\n        await asyncio.sleep(60)"),
        [SMOKED, "/api/words"], only_long=True),
    Bad("the first request ends it", in_handler("import os\n        os._exit(3)"), ["words"], only_long=True),
    Bad("another machine's program",
        [Edit("services/words/Dockerfile", "", "FROM scratch\nCOPY service/program /\nENTRYPOINT [\"/program\"]\n"),
         Edit("services/words/program", "", FOREIGN)],
        [DIED, "exec format error"], only_long=True),
    Bad("two services broken", (*at_start("raise SystemExit(1)"), in_save("raise SystemExit(1)")),
        [DIED, "exited with 1", "stop as well"], only_long=True),
    Bad("a good change beside a broken service",
        (Edit("services/words/app/contract.py", '"1.0"', '"1.1"'), in_save("raise RuntimeError('no stories')")),
        ["save did not go live", "RuntimeError: no stories"], only_long=True),
)  # fmt: skip
