"""Reading a pickle of plain values, and nothing else.

A pickle is a program for a small machine, and two of its instructions call any function there is. Here the
program is read before it runs: only instructions that build lists, tuples, strings and numbers are admitted.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any, NoReturn

from caibian.errors import InputError, UnsafePickle

_INSTRUCTIONS = """
    PROTO FRAME STOP MARK
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT NEWTRUE NEWFALSE
    STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8
    EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET
"""
_ADMITTED = frozenset(_INSTRUCTIONS.split())


class _PlainUnpickler(pickle.Unpickler):
    """A second fence: even an admitted program cannot reach a class, a function or a stored object."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise UnsafePickle(f"asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise UnsafePickle(f"asks for the stored object {pid!r}")


def load_plain(data: bytes, name: str) -> Any:
    """The value of a pickle that holds only lists, tuples, strings and numbers.

    Args:
        name: what the data is, for messages.

    Raises:
        UnsafePickle: it wants anything else; nothing of it has run.
        InputError: it is no pickle, or ends too early.
    """
    try:
        for instruction, argument, position in pickletools.genops(data):
            if instruction.name not in _ADMITTED:
                what = f" {argument!r}" if argument is not None else ""
                raise UnsafePickle(
                    f"{name}: the pickle wants {instruction.name}{what} at byte {position}; only lists, tuples, "
                    "strings and numbers are read, since anything else could run code"
                )
        return _PlainUnpickler(io.BytesIO(data)).load()
    except UnsafePickle:
        raise
    except (pickle.UnpicklingError, ValueError, EOFError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: not a whole pickle ({error})") from error
