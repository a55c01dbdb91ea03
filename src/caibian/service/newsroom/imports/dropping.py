"""What an import leaves out, and the names by which it says so."""

from __future__ import annotations

from caibian.api.articles import Dropped
from caibian.errors import CaibianError

_MOST_NAME = 200  # characters of a file's name or an address in an answer
_MOST_DETAIL = 500


class Refused(CaibianError):
    """A file or an address is left out of an import."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def dropped(name: str, reason: str, detail: str) -> Dropped:
    """One line of an import's answer."""
    return Dropped(name=shown(name, _MOST_NAME), reason=reason, detail=shown(detail, _MOST_DETAIL))


def file_name(given: str) -> str:
    """The last part of a path, whichever system it is of. It names the file in answers and is never opened."""
    return shown(given.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1], _MOST_NAME) or "(no name)"


def shown(text: str, most: int) -> str:
    """A stranger's text on one printable line."""
    whole = text.encode("utf-8", "replace").decode()
    line = " ".join("".join(one if one.isprintable() else " " for one in whole).split())
    return line if len(line) <= most else line[: most - 1] + "…"
