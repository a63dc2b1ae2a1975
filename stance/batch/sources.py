"""What a batch reads: a folder, a list of files, a ZIP or tar of documents, or a table.

A source is listed twice: once to count it and take its hash, once to read it. Its order is fixed:
a folder by path, everything else as stored.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import Final

from stance.batch.tables import TABLES, TableColumns
from stance.batch.work import Content, Entry, refuse
from stance.documents import SUFFIXES
from stance.errors import DocumentError, StanceError

_TARS: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_LISTS: Final = (".txt", ".list", ".lst")
_MAX_MEMBER: Final = 1 << 29
_PER_DOCUMENT: Final = 1 << 10
_BROKEN_ARCHIVE: Final = (
    OSError,
    EOFError,
    RuntimeError,  # a password is needed, or the compression is unknown
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    LZMAError,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Documents in a fixed order. `entries` lists them anew at each call.

    An entry can be loaded only until the next one is asked for: archives are read as a stream.
    """

    path: Path
    entries: Callable[[], Iterator[Entry]]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a source holds. `sha256` is over the names, sizes and times or contents in order."""

    documents: int
    bytes: int
    sha256: str


def open_source(
    path: Path,
    *,
    glob: str | None = None,
    text_column: str | None = None,
    id_column: str | None = None,
    limit: int | None = None,
) -> Source:
    """The source at `path`, of the kind that its name tells.

    `glob` chooses the files of a folder, list or archive (`*.pdf` at any depth, `2021/**/*.html`);
    without it, those with a suffix that stance reads. Hidden files are never taken.
    `text_column` and `id_column` name columns of a table. Only the first `limit` documents count.

    Raises StanceError for a source that is missing, of no known kind or not fit for an option.
    """
    name = path.name.lower()
    wanted = _matcher(glob)
    columns = TableColumns(text_column, id_column)
    if not path.exists():
        raise DocumentError(f"{path}: no such file or folder")
    is_table = path.suffix.lower() in TABLES and not path.is_dir()
    if glob and is_table:
        raise StanceError(f"{path}: a table has no files to choose with --glob; leave it out")
    if (text_column or id_column) and not is_table:
        raise StanceError(
            f"{path}: not a table; --text-column and --id-column are for {', '.join(TABLES)}"
        )
    entries: Callable[[], Iterator[Entry]]
    if path.is_dir():
        entries = partial(_folder, path, wanted)
    elif is_table:
        entries = partial(TABLES[path.suffix.lower()], path, columns)
    elif name.endswith(".zip"):
        entries = partial(_zip, path, wanted)
    elif name.endswith(_TARS):
        entries = partial(_tar, path, wanted)
    elif name.endswith(_LISTS):
        entries = partial(_list, path, wanted if glob else None)
    else:
        raise DocumentError(
            f"{path}: not a source for a batch; expected a folder, a list of files "
            f"({', '.join(_LISTS)}), an archive (.zip, {', '.join(_TARS)}) or a table "
            f"({', '.join(TABLES)}); for one document use: stance predict"
        )
    return Source(path, lambda: islice(entries(), limit))


def survey(source: Source) -> Survey:
    """Count a source's documents and take its hash; raises DocumentError where it is empty."""
    digest, documents, size = hashlib.sha256(), 0, 0
    for entry in source.entries():
        documents += 1
        size += entry.size
        digest.update(f"{entry.name}\0{entry.size}\0{entry.stamp}\n".encode())
    if not documents:
        raise DocumentError(
            f"{source.path}: no documents in it; expected files with {', '.join(SUFFIXES)} "
            "(other names: --glob) or rows of a table"
        )
    return Survey(documents, size, digest.hexdigest())


def numbered(entries: Iterable[Entry], size: int) -> Iterator[tuple[int, Entry]]:
    """Each entry with its part's number: parts of about `size` bytes, at least one entry each.

    Nothing is taken ahead: an entry can be loaded only until the next one is asked for.
    """
    number, held = 0, 0
    for entry in entries:
        cost = entry.size + _PER_DOCUMENT
        if held and held + cost > size:
            number, held = number + 1, 0
        held += cost
        yield number, entry


def _matcher(glob: str | None) -> Callable[[str], bool]:
    """Whether a relative path is wanted. `**/` stands for any folders, `*` stays within one."""
    if glob is None:
        return lambda name: name.lower().endswith(SUFFIXES)
    pattern = glob if "/" in glob else f"**/{glob}"
    wild = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    regex = re.compile("".join(wild.get(part) or re.escape(part) for part in parts), re.DOTALL)
    return lambda name: bool(regex.fullmatch(name))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _readable(name: str) -> str:
    """A name that can be written as UTF-8: bytes that are not text are shown as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _folder(root: Path, wanted: Callable[[str], bool], within: str = "") -> Iterator[Entry]:
    """The files of a folder and the folders in it, in the order of their paths."""
    try:
        with os.scandir(root / within) as found:
            names = sorted(
                f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name for one in found
            )
    except OSError as error:
        message = f"{root / within}: the folder cannot be opened: {error.strerror}"
        if not within:
            raise DocumentError(message) from None
        yield Entry(_readable(within), 0, "", partial(refuse, message))
        return
    for name in names:
        if name.startswith("."):
            continue
        if name.endswith("/"):
            yield from _folder(root, wanted, within + name)
        elif wanted(within + name):
            yield from _file(root / within / name, _readable(within + name))


def _list(path: Path, wanted: Callable[[str], bool] | None) -> Iterator[Entry]:
    """The files named in a list, one a line, relative to the list's own folder."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: the list cannot be read as UTF-8 ({error})") from None
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if names and not any((path.parent / name).exists() for name in names):
        raise DocumentError(
            f"{path}: no line of it names a file; expected a list of files, one a line, relative "
            f"to {path.parent}; for one document use: stance predict"
        )
    for name in names:
        if wanted is None or wanted(name):
            yield from _file(path.parent / name, name)


def _file(path: Path, name: str) -> Iterator[Entry]:
    """The entry of a file; none for a pipe or device, whose reading might never end."""
    try:
        found = path.stat()
    except OSError:
        yield Entry(name, 0, "missing", lambda: path)
        return
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        yield Entry(name, found.st_size, str(found.st_mtime_ns), lambda: path)


def _zip(path: Path, wanted: Callable[[str], bool]) -> Iterator[Entry]:
    """The documents in a ZIP archive."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN_ARCHIVE as error:
        raise DocumentError(f"{path}: not a ZIP archive, or a damaged one ({error})") from None
    with archive:
        for member in archive.infolist():
            name = member.filename
            if member.is_dir() or _is_hidden(name) or not wanted(name):
                continue
            load = partial(_member, name, member.file_size, partial(archive.read, member))
            yield Entry(_readable(name), member.file_size, f"{member.CRC:08x}", load)


def _tar(path: Path, wanted: Callable[[str], bool]) -> Iterator[Entry]:
    """The documents in a tar archive, plain or compressed."""
    number = 0
    try:
        with tarfile.open(path, "r:*") as archive:
            while member := archive.next():
                archive.members = []  # type: ignore[attr-defined]  # else it keeps all members, however many there are
                number += 1
                if not member.isreg() or _is_hidden(member.name) or not wanted(member.name):
                    continue
                load = partial(
                    _member, member.name, member.size, partial(_extract, archive, member)
                )
                yield Entry(_readable(member.name), member.size, str(member.mtime), load)
    except _BROKEN_ARCHIVE as error:
        raise DocumentError(
            f"{path}: not a tar archive, or damaged after {number} members ({error})"
        ) from None


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def _member(name: str, size: int, read: Callable[[], bytes]) -> Content:
    """What a member of an archive holds; raises DocumentError for one damaged or too large."""
    if size > _MAX_MEMBER:
        raise DocumentError(f"{name}: {size >> 20} MB unpacked; at most {_MAX_MEMBER >> 20} MB")
    try:
        return read()
    except _BROKEN_ARCHIVE as error:
        raise DocumentError(f"{name}: cannot be unpacked: {error}") from None
