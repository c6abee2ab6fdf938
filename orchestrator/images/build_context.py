"""Which files of a folder go into a build context: what its `.dockerignore` lets, read without following a link.

What no image can hold (a FIFO, a socket, a device) and what cannot be read is refused before anything is read of it.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from orchestrator.errors import Failure
from orchestrator.images import dockerignore
from orchestrator.images.dockerignore import Above, Ignore, Pattern
from orchestrator.system import interrupt, paths

# What is never meant, unless a line of the folder's own takes it back: what says how the image is made and run, so that
# a change of it makes no new image, and what Python leaves behind where the service has been run by hand.
ALWAYS = dockerignore.parse(
    "\n".join(["service.yaml", dockerignore.NAME, f"Dockerfile{dockerignore.NAME}", "**/__pycache__", "**/*.py[co]"])
)
_BLOCK = 1 << 20
_KINDS: Mapping[Callable[[int], bool], str] = {
    stat.S_ISFIFO: "a named pipe (FIFO)",
    stat.S_ISSOCK: "a Unix socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


@dataclass(frozen=True)
class Entry:
    """One file of a build context: its path there, where it is here, its mode and its symbolic link's target."""

    path: str
    source: Path
    executable: bool
    link: str | None

    def digest(self) -> str:
        """A hash of the content and of whatever else of the file ends in the image. Raises `Failure`."""
        with self.opened() as stream:
            while stream.read(_BLOCK):
                pass
            return stream.digest()

    @contextmanager
    def opened(self) -> Iterator[Hashed]:
        """The content, or the link's target, to be read. Raises `Failure` if it cannot be."""
        kind = "link" if self.link is not None else "exec" if self.executable else "file"
        if self.link is not None:
            yield Hashed(io.BytesIO(self.link.encode()), kind)
            return
        with _told(self.source):
            # It may be something else by now: a link must not lead elsewhere, and a pipe must not be waited for.
            descriptor = os.open(self.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as stream:
                _refuse_special(self.source, os.fstat(descriptor).st_mode)
                yield Hashed(stream, kind)


class Hashed:
    """Reads a file and hashes what it reads. `Interrupted` ends it on Ctrl-C and SIGTERM."""

    def __init__(self, stream: IO[bytes], kind: str) -> None:
        self._stream = stream
        self._digest = hashlib.sha256(kind.encode() + b"\0")

    def read(self, size: int) -> bytes:
        """At most so many bytes, fewer only at the end."""
        interrupt.check("reading the files of the images")
        data = self._stream.read(size)
        self._digest.update(data)
        return data

    def size(self) -> int:
        """How many bytes there are."""
        return os.fstat(self._stream.fileno()).st_size

    def digest(self) -> str:
        """The hash of what was read, in hexadecimal digits."""
        return self._digest.hexdigest()


@dataclass(frozen=True)
class LeftOut:
    """A file, or a folder with all that is in it, that does not go along, and the line that says so."""

    path: str
    source: Path
    because: str
    by_default: bool


@dataclass(frozen=True)
class Tree:
    """What a folder gives to the context, and what it does not. `warnings` are of links that may lead nowhere there."""

    entries: tuple[Entry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


def read(
    folder: Path, prefix: str, ignore_file: Path, *, defaults: Ignore = ALWAYS, links_may_leave: bool = False
) -> Tree:
    """The files of `folder`, in the context below `prefix`, without what `ignore_file`, if there is one, leaves out.

    `defaults` are patterns before the file's own. Raises `Failure` for what cannot go along, a link that leads out of
    the context among it unless `links_may_leave`.
    """
    walk = _Walk(folder, prefix, ignore_file, defaults, links_may_leave)
    walk.into("", ())
    return Tree(tuple(walk.entries), tuple(walk.left_out), tuple(walk.warnings()))


def entry(path: str, source: Path) -> Entry:
    """One file, a link's target in its place. Raises `Failure`."""
    with _told(source):
        found = source.stat()
        _refuse_special(source, found.st_mode)
        _refuse_unreadable(source)
        return Entry(path, source.resolve(), bool(found.st_mode & stat.S_IXUSR), None)


def shown(path: Path) -> str:
    """A path as the person knows it: from the checkout's root where it is in there, its unprintable characters told."""
    name = os.path.relpath(path, paths.ROOT) if path.is_relative_to(paths.ROOT) else str(path)
    return name if name.isprintable() else repr(name)[1:-1]


class _Walk:
    """Goes through a folder in the order of the names."""

    def __init__(self, folder: Path, prefix: str, ignore_file: Path, defaults: Ignore, links_may_leave: bool) -> None:
        self.folder = folder
        self.prefix = prefix
        self.ignore_file = ignore_file
        self.ignore = _ignore(ignore_file, defaults)
        self.links_may_leave = links_may_leave
        self.entries: list[Entry] = []
        self.left_out: list[LeftOut] = []

    def into(self, below: str, above: Above) -> None:
        """Take what is directly in the folder `below`, and go on."""
        interrupt.check("reading the files of the images")
        directory = self.folder / below
        with _told(directory):
            found = [(item.name, item.is_dir(follow_symlinks=False)) for item in os.scandir(directory)]
        for name, is_folder in sorted(found):
            path = f"{below}/{name}" if below else name
            because, told = self.ignore.look(path, above)
            if is_folder and (because is None or self.ignore.may_hold_exceptions(path)):
                self.into(path, told)
            elif because is not None:
                self.left_out.append(self.without(path, directory / name, because))
            else:
                self.entries.append(self.one(path, directory / name))

    def without(self, path: str, source: Path, because: Pattern) -> LeftOut:
        """What does not go along, with the line that says so."""
        by_default = because.line == 0
        line = "by default" if by_default else f"{shown(self.ignore_file)}:{because.line}: {because.written}"
        return LeftOut(f"{self.prefix}/{path}", source, line, by_default)

    def one(self, path: str, source: Path) -> Entry:
        """The file or link. Raises `Failure` for what is neither."""
        try:
            str(path).encode()
        except UnicodeEncodeError:
            raise Failure(
                f"a file's name is no UTF-8: {os.fsencode(source)!r}",
                reason="The hash of an image, and its build context, hold names as text.",
                next_step=f"rename it, or name its folder in {shown(self.ignore_file)}",
            ) from None
        with _told(source):
            found = source.lstat()
            if stat.S_ISLNK(found.st_mode):
                return Entry(f"{self.prefix}/{path}", source, False, self.target(source))
            _refuse_special(source, found.st_mode, self.ignore_file)
            _refuse_unreadable(source)
            return Entry(f"{self.prefix}/{path}", source, bool(found.st_mode & stat.S_IXUSR), None)

    def target(self, source: Path) -> str:
        """Where a link leads, which goes along as the link that it is. Raises `Failure` if that is certainly wrong."""
        target = str(source.readlink())
        try:
            source.stat()
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise Failure(
                    f"{shown(source)} is a link that leads back to itself",
                    reason=f"It leads to {target}, and from there to where it is.",
                    next_step=f"remove it, or name it in {shown(self.ignore_file)}",
                ) from error
        if not self.links_may_leave and self.leads_out(source, target):
            raise Failure(
                f"{shown(source)} is a link that leads out of what goes into the image",
                reason=f"It leads to {target}, which does not go along: in the image it would lead nowhere.",
                next_step=f"put a copy of the file there, or name the link in {shown(self.ignore_file)}",
            )
        return target

    def leads_out(self, source: Path, target: str) -> bool:
        """Whether a relative link leads to what does not go along."""
        leads = Path(os.path.normpath(source.parent / target))
        return not Path(target).is_absolute() and not any(leads.is_relative_to(folder) for folder in self.together())

    def together(self) -> tuple[Path, ...]:
        """The folders that are beside each other in the context as they are here."""
        beside = ("servicekit", "image")
        return (self.folder, *(self.folder.parent / name for name in beside))

    def warnings(self) -> Iterator[str]:
        """About the links that lead somewhere only if the image has what they lead to."""
        for item in self.entries:
            if item.link is not None and (
                item.link.startswith("/") or not item.source.exists() or self.leads_out(item.source, item.link)
            ):
                yield (
                    f"{shown(item.source)} goes into the image as the link that it is, to {item.link}: "
                    "that must be there in the image"
                )


def _ignore(file: Path, before: Ignore) -> Ignore:
    """The defaults, and the file's lines behind them. Raises `Failure`."""
    defaults = tuple(replace(pattern, line=0) for pattern in before.patterns)
    if not os.path.lexists(file):
        return Ignore(defaults)
    with _told(file):
        _refuse_special(file, file.stat().st_mode)
        data = file.read_bytes()
    try:
        return Ignore((*defaults, *dockerignore.parse(data.decode()).patterns))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reason, fix = f"Line {line} is not UTF-8.", "save it as UTF-8"
    except dockerignore.Unusable as error:
        line, reason, fix = error.line, f"Line {error.line}: {error}.", error.fix
    raise Failure(
        f"{shown(file)}:{line} cannot be used",
        reason=f"{reason} What it should keep out of the image would go in.",
        next_step=fix,
    )


def _refuse_special(source: Path, mode: int, ignore_file: Path | None = None) -> None:
    """Raise `Failure` for what has no content that an image could hold: reading it waits for ever, or fails."""
    kind = next((name for is_kind, name in _KINDS.items() if is_kind(mode)), None)
    kind = kind or ("a folder" if stat.S_ISDIR(mode) else None)
    if kind is not None:
        raise Failure(
            f"{shown(source)} is {kind}, not a file",
            reason="No image can hold it.",
            next_step="remove it" + (f", or name it in {shown(ignore_file)}" if ignore_file else ""),
        )


def _refuse_unreadable(source: Path) -> None:
    if not os.access(source, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(source))


@contextmanager
def _told(source: Path) -> Iterator[None]:
    """Raise `Failure` with advice that fits for what the system says of a file."""
    try:
        yield
    except OSError as error:
        name, said = shown(source), error.strerror or str(error)
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE):
            if os.path.lexists(source) and error.errno == errno.ENOENT:
                message, fix = f"{name} is a link that leads nowhere", "remove it, or make what it leads to"
            else:
                message, fix = f"{name} was changed while it was read", "run the same command again"
        elif error.errno in (errno.EACCES, errno.EPERM):
            message, fix = f"{name} cannot be read", f"chmod u+r{'x' if source.is_dir() else ''} {shlex.quote(name)}"
        else:
            message, fix = f"{name} cannot be read", "correct the file, or the disk that it is on"
        raise Failure(message, reason=f"The system says: {said}.", next_step=fix) from error
