"""Takes the picture of a run that deploys: gathers the facts while it runs, writes the page when it ends.

    with taking.taken(environment, console) as picture:
        ...
        picture.prepared(images, last)
        ...
    picture.file  # None if it could not be written

Of a release that was made, what its picture needs is kept beside it. A picture that cannot be made or kept is a
warning: what was deployed is deployed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from orchestrator.aws import session
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.images.image import Image
from orchestrator.picture import facts
from orchestrator.picture.facts import Facts
from orchestrator.project.environment import Environment
from orchestrator.releases import audit
from orchestrator.releases.releases import Release
from orchestrator.review.model import Review
from orchestrator.system import atomic, paths

FILE = "last-up.html"


@dataclass
class Taking:
    """What is known so far of a run that began at `began`, on the clock of the console's stages."""

    environment: Environment
    console: Console
    began: float
    file: Path | None = None
    _images: Sequence[Image] = ()
    _before: Release | None = None
    _review: Review | None = None
    _release: Release | None = None
    _url: str = ""
    _commit: str = ""
    _aws: Aws | None = None

    def prepared(self, images: Sequence[Image], before: Release | None, commit: str | None = None) -> None:
        """The images are there. `before` is the last release, `commit` the checkout's if that is what is deployed."""
        self._images, self._before, self._commit = images, before, commit or self._commit

    def planned(self, review: Review) -> None:
        """The plan was reviewed."""
        self._review = review

    def live(self, url: str, release: Release, aws: Aws | None = None) -> None:
        """It has succeeded; `aws` is where its release is kept."""
        self._url, self._release, self._commit, self._aws = url, release, release.commit, aws

    def facts(self, error: BaseException | None) -> Facts:
        """All of it, of a run that ends now."""
        stages, now, command = list(self.console.stages), time.monotonic(), audit.current()
        began = min([self.began, *(stage.began for stage in stages)])
        deploy = command.deploy if command else {}
        return Facts(
            self.environment.name,
            command.verb if command else "deploy",
            audit.person(),
            time.time() - (now - began),
            now - began,
            facts.steps(stages, began),
            tuple(self._images),
            self._before,
            self._review,
            self._release,
            self._url,
            self._commit or str(deploy.get("commit") or ""),
            facts.failed(error) if error is not None else None,
        )

    def write(self, error: BaseException | None) -> None:
        """Write the page in the place of the last one, and keep what that of a new release needs."""
        file = self.environment.work / FILE
        try:
            from orchestrator.picture import page

            found = self.facts(error)
            # As private as a bundle: it has values of the plan and lines of logs.
            atomic.write(file, page.render(found), mode=0o600)
            self.file = file
        except Exception as wrong:  # whatever it is, it says nothing about the deploy
            why = f"{wrong.strerror}: {wrong.filename}" if isinstance(wrong, OSError) else repr(wrong)
            self.console.say(f"warning: the picture of this run could not be written ({why})")
            return
        if error is not None:
            self.console.say(f"picture: {paths.from_here(file)}")
        elif self._aws is not None and self._release is not None and self._release != self._before:
            self._keep(self._aws, self._release.name, found)

    def _keep(self, aws: Aws, release: str, found: Facts) -> None:
        from orchestrator.picture import kept

        try:
            kept.keep(aws, found)
        except Exception as wrong:
            self.console.say(f"warning: {release} is kept without its picture ({session.explain(wrong)})")


_running: ContextVar[Taking | None] = ContextVar("the picture that is being taken", default=None)


@contextmanager
def taken(environment: Environment, console: Console, began: float | None = None) -> Iterator[Taking]:
    """Take a picture of what is done inside, however it ends; `began` is when it began, if that was before.

    Inside of another one this is a part of it, and that one is given. To be entered by whoever holds the environment's
    lock: a run that is refused because of another one is not what was done last.
    """
    around = _running.get()
    if around is not None:
        yield around
        return
    taking = Taking(environment, console, time.monotonic() if began is None else began)
    token = _running.set(taking)
    try:
        yield taking
    except BaseException as error:
        taking.write(error)
        raise
    else:
        taking.write(None)
    finally:
        _running.reset(token)
