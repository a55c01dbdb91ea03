"""What a backup holds of each table, in kinds of columns that mean the same in both databases."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from caibian.storage.columns import Json, Moment
from caibian.storage.schema import Base

FORMAT = 1
LEFT_OUT = frozenset({"sessions", "login_attempts"})  # worthless, and harmful, at another time or place
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Moment, "moment"),
    (Json, "text"),  # as it is stored
    (String, "text"),
    (Boolean, "bool"),
    (Integer, "int"),
    (Float, "float"),
    (LargeBinary, "bytes"),
)
_TYPES: dict[str, Callable[[], TypeEngine[Any]]] = {
    "moment": Moment,
    "text": Text,
    "bool": Boolean,
    "int": BigInteger,
    "float": Double,
    "bytes": LargeBinary,
}

Columns = Sequence[tuple[str, str]]  # name and kind


def kept_tables() -> dict[str, Columns]:
    """The tables of a backup, each after those that it refers to, with their columns."""
    return {
        table.name: [(column.name, _kind(column)) for column in table.columns]
        for table in Base.metadata.sorted_tables
        if table.name not in LEFT_OUT
    }


def plain_table(name: str, columns: Columns) -> Table:
    """A table as a backup knows it: values as they are stored, no keys, no constraints."""
    return Table(name, MetaData(), *(Column(column, _TYPES[kind]()) for column, kind in columns))


def known_kind(kind: Any) -> bool:
    """Whether columns can be of this kind."""
    return kind in _TYPES


def packed(row: Sequence[Any], columns: Columns) -> list[Any]:
    """A row as JSON knows it."""
    return [
        None if value is None else _PACK[kind](value) for value, (_, kind) in zip(row, columns, strict=True)
    ]


def unpacked(row: Sequence[Any], columns: Columns) -> dict[str, Any]:
    """A row as the database wants it.

    Raises:
        ValueError, TypeError, KeyError: a value is not of its column's kind.
    """
    return {
        name: None if value is None else _UNPACK[kind](value)
        for value, (name, kind) in zip(row, columns, strict=True)
    }


def _kind(column: Column[Any]) -> str:
    for of, kind in _KINDS:
        if isinstance(column.type, of):
            return kind
    raise TypeError(f"{column}: a backup has no kind of column for {column.type!r}")


def _is(*types: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError(f"not {types[0].__name__}")
        return value

    return check


_same: Callable[[Any], Any] = lambda value: value  # noqa: E731  (beside its kin in the table below)
_PACK: dict[str, Callable[[Any], Any]] = {
    "moment": datetime.isoformat,
    "text": _same,
    "bool": bool,
    "int": _same,
    "float": _same,
    "bytes": lambda value: base64.b64encode(value).decode(),
}
_UNPACK: dict[str, Callable[[Any], Any]] = {
    "moment": datetime.fromisoformat,
    "text": _is(str),
    "bool": _is(bool),
    "int": _is(int),
    "float": _is(float, int),
    "bytes": lambda value: base64.b64decode(value, validate=True),
}
