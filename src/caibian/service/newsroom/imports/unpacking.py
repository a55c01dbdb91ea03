"""Zip files: their members one by one, with limits on what comes out. Names in them are never used as paths."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from caibian.api.articles import MOST_FILE_BYTES, MOST_UNPACKED_BYTES
from caibian.service.newsroom.imports.dropping import Refused

MOST_MEMBERS = 2000
_MOST_RATIO = 300  # unpacked to packed; text has 3 to 10, and a page of zeros 1,000
_RATIO_FROM = 1 << 20  # bytes; below, a high ratio does no harm
_BLOCK = 1 << 16
_FURNITURE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class Budget:
    """How much may still be unpacked."""

    def __init__(self, spent: int = 0) -> None:
        self.spent = spent

    def take(self, size: int) -> None:
        """Raises: Refused, when it is spent."""
        self.spent += size
        if self.spent > MOST_UNPACKED_BYTES:
            raise Refused(
                "too_large", f"the files unpack to more than {MOST_UNPACKED_BYTES >> 20} MB together"
            )


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What is to be read of an archive.

    Raises:
        Refused: it has too many members.
    """
    found = [
        one
        for one in archive.infolist()
        if not one.is_dir() and not any(part in one.filename for part in _FURNITURE)
    ]
    if len(found) > MOST_MEMBERS:
        raise Refused("too_many", f"a zip file of {len(found):,} files; at most {MOST_MEMBERS:,}")
    return found


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: Budget) -> None:
    """Write a member to a file of ours.

    Raises:
        Refused: it is encrypted, broken, an archive itself, or larger than it may be, whatever it says of its size.
    """
    if member.flag_bits & 1:
        raise Refused("unreadable", "encrypted; pack it without a password")
    if member.file_size > MOST_FILE_BYTES:
        raise Refused("too_large", f"unpacks to more than {MOST_FILE_BYTES >> 20} MB")
    if member.file_size > _RATIO_FROM and member.file_size > _MOST_RATIO * max(member.compress_size, 1):
        raise Refused("too_large", f"unpacks to more than {_MOST_RATIO} times its size")
    size = 0
    try:
        with target.open("wb") as out:
            for block in _blocks(archive, member):
                size += len(block)
                if size > MOST_FILE_BYTES:
                    raise Refused("too_large", f"unpacks to more than {MOST_FILE_BYTES >> 20} MB")
                budget.take(len(block))
                out.write(block)
    except Refused:
        raise
    except Exception as error:  # zipfile raises of every kind on broken files
        raise Refused("unreadable", f"cannot be unpacked ({error})") from error


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with closing(archive.open(member)) as stream:
        while block := stream.read(_BLOCK):
            yield block
