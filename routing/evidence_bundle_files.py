"""Bundles on disk: a folder, or one .tar.gz with the same bytes each time."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from monitor.errors import RefuseToStart

_MOST_FILES = 100_000
_MOST_BYTES = 1 << 30


def write_bundle(files: Mapping[str, bytes], to: Path, label: str) -> None:
    """Into the folder ``to``, or into one archive when its name ends in .tar.gz. Raises RefuseToStart."""
    try:
        if to.name.endswith((".tar.gz", ".tgz")):
            with to.open("xb") as out:
                out.write(_archive(files, label))
            return
        to.mkdir(parents=True, exist_ok=True)
        if any(to.iterdir()):
            raise RefuseToStart(f"{to} is not empty: name a new folder, so that two bundles are never mixed")
        for name, data in files.items():
            path = to / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
    except FileExistsError:
        raise RefuseToStart(f"{to} exists already: name a new file") from None
    except OSError as error:
        raise RefuseToStart(f"{to} cannot be written: {error.strerror}") from None


def _archive(files: Mapping[str, bytes], label: str) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(f"{label}/{name}")
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def read_bundle(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their names. Nothing is unpacked onto the disk. Raises RefuseToStart."""
    try:
        files = _from_folder(path) if path.is_dir() else _from_archive(path)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise RefuseToStart(f"{path} is no bundle that can be read: {type(error).__name__}") from None
    if "SHA256SUMS" not in files:
        raise RefuseToStart(f"{path} is no bundle: it holds no SHA256SUMS")
    return files


def _from_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        left -= path.stat().st_size
        if left < 0 or len(files) >= _MOST_FILES:
            raise RefuseToStart(f"{folder} is too large for a bundle")
        files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def _from_archive(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    with tarfile.open(path, "r|gz") as tar:
        for member in tar:
            left -= member.size
            if left < 0 or len(files) >= _MOST_FILES:
                raise RefuseToStart(f"{path} is too large for a bundle")
            content = tar.extractfile(member) if member.isreg() else None
            if content is not None:
                files["/".join(PurePosixPath(member.name).parts[1:])] = content.read()
    return files
