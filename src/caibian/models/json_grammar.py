"""A JSON schema as an automaton over bytes, for models whose engine has no grammar of its own.

The automaton is a set of stacks (it is nondeterministic: an optional property may come or not). A stack is a
linked list of what is still to be written; its top either writes bytes (a terminal) or is expanded. Documents are
written as `json.dumps` writes them, ", " and ": " being the only white space.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from caibian.errors import UnsupportedSchema
from caibian.models.json_schemas import BASIC, check_schema, resolve

# A stack is () or (item, stack below). Items are tuples: a kind, then its data.
Stack = tuple[Any, ...]

_DIGITS = 15  # what fits a float64 exactly
_LISTED_INTEGERS = 1000  # integers between bounds are listed one by one up to this many
_ESCAPES = frozenset(b'"\\/bfnrt')


class JsonGrammar:
    """Follows one document as it is written.

    Args:
        schema: JSON schema with objects, arrays, strings with lengths, numbers, enumerations, alternatives and
            `$ref` into `$defs`. Properties are written in the order of the schema.
    Raises:
        UnsupportedSchema: the schema has a keyword that is not supported here.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema
        check_schema(schema, BASIC)
        _check_further(schema, "$")
        self._stacks = self._expand(((("schema", _frozen(schema)), ()),))

    @property
    def complete(self) -> bool:
        """Whether the text so far is a whole document."""
        return () in self._stacks

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return self.complete and not self.first_bytes()

    def first_bytes(self) -> list[int]:
        """The bytes that may come next."""
        return [byte for byte in range(256) if self._next(self._stacks, byte)]

    def allows(self, text: bytes) -> bool:
        """Whether `text` may come next."""
        stacks = self._stacks
        for byte in text:
            stacks = self._next(stacks, byte)
            if not stacks:
                return False
        return bool(text)

    def advance(self, text: bytes) -> None:
        """Take `text` as written."""
        for byte in text:
            self._stacks = self._next(self._stacks, byte)

    def _next(self, stacks: frozenset[Stack], byte: int) -> frozenset[Stack]:
        following = [after for stack in stacks if stack for after in _consume(stack[0], stack[1], byte)]
        return self._expand(following) if following else frozenset()

    def _expand(self, stacks: Iterable[Stack]) -> frozenset[Stack]:
        """Replace expandable tops until every stack is empty or begins with a terminal."""
        ready, pending = set(), list(stacks)
        while pending:
            stack = pending.pop()
            if stack and stack[0][0] in ("schema", "members", "entries", "items"):
                pending.extend(self._open(stack[0], stack[1]))
            else:
                ready.add(stack)
        return frozenset(ready)

    def _open(self, item: tuple[Any, ...], below: Stack) -> list[Stack]:
        if item[0] == "schema":
            return self._open_schema(_thawed(item[1]), below)
        if item[0] == "members":
            return self._open_members(item, below)
        if item[0] == "entries":  # any keys, any values
            _, first = item
            key = (
                ("string", 0, None, 0),
                (("bytes", b": "), (("schema", "true"), (("entries", False), below))),
            )
            return [(("bytes", b"}"), below), (("bytes", b'"' if first else b', "'), key)]
        _, element, least, most, first = item
        ways: list[Stack] = [(("bytes", b"]"), below)] if least <= 0 else []
        if most is None or most > 0:
            rest = ("items", element, least - 1, None if most is None else most - 1, False)
            value = (("schema", element), (rest, below))
            ways.append(value if first else (("bytes", b", "), value))
        return ways

    def _open_members(self, item: tuple[Any, ...], below: Stack) -> list[Stack]:
        """The rest of an object: `members` holds (name, schema, required) of the properties still to come."""
        _, members, first = item
        ways: list[Stack] = []
        for at, (name, schema, required) in enumerate(members):
            begin = ("" if first else ", ") + json.dumps(name, ensure_ascii=False) + ": "
            rest = (("members", members[at + 1 :], False), below)
            ways.append((("bytes", begin.encode()), (("schema", schema), rest)))
            if required:
                return ways
        return [*ways, (("bytes", b"}"), below)]

    def _open_schema(self, schema: Any, below: Stack) -> list[Stack]:
        if schema is True or schema == {}:
            schema = {"type": ["object", "array", "string", "number", "boolean", "null"]}
        if "$ref" in schema:
            return self._open_schema(resolve(self._root, schema["$ref"]), below)
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                return [way for one in schema[keyword] for way in self._open_schema(one, below)]
        if "enum" in schema or "const" in schema:
            values = schema["enum"] if "enum" in schema else [schema["const"]]
            return [(("bytes", json.dumps(v, ensure_ascii=False).encode()), below) for v in values]
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        return [
            way
            for kind in (kinds if isinstance(kinds, list) else [kinds])
            for way in self._open_type(kind, schema, below)
        ]

    def _open_type(self, kind: str, schema: dict[str, Any], below: Stack) -> list[Stack]:
        if kind == "object":
            if "properties" not in schema:
                return [(("bytes", b"{"), (("entries", True), below))]
            required = set(schema.get("required", ()))
            members = tuple((n, _frozen(s), n in required) for n, s in schema["properties"].items())
            return [(("bytes", b"{"), (("members", members, True), below))]
        if kind == "array":
            element = _frozen(schema.get("items", True))
            inside = ("items", element, schema.get("minItems", 0), schema.get("maxItems"), True)
            return [(("bytes", b"["), (inside, below))]
        if kind == "string":
            text = ("string", schema.get("minLength", 0), schema.get("maxLength"), 0)
            return [(("bytes", b'"'), (text, below))]
        if kind in ("integer", "number"):
            if "minimum" in schema or "maximum" in schema:
                values = range(int(schema["minimum"]), int(schema["maximum"]) + 1)
                return [(("bytes", str(value).encode()), below) for value in values]
            return [(("number", "start", 0, kind == "integer"), below)]
        words = ("true", "false") if kind == "boolean" else ("null",)
        return [(("bytes", word.encode()), below) for word in words]


def _check_further(schema: Any, path: str) -> None:
    """Refuse what this automaton, beyond the keywords, cannot do."""
    if isinstance(schema, list):
        for at, value in enumerate(schema):
            _check_further(value, f"{path}[{at}]")
    if not isinstance(schema, dict):
        return
    if len(schema.get("allOf", ())) > 1:
        raise UnsupportedSchema(
            f"JSON schema, {path}.allOf: more than one schema is not supported by this backend"
        )
    low, high = schema.get("minimum"), schema.get("maximum")
    whole = schema.get("type") == "integer" and isinstance(low, int) and isinstance(high, int)
    if (low, high) != (None, None) and not (
        whole and schema["maximum"] - schema["minimum"] < _LISTED_INTEGERS
    ):
        raise UnsupportedSchema(
            f"JSON schema, {path}: minimum and maximum are supported by this backend for integers, both given "
            f"and less than {_LISTED_INTEGERS} apart"
        )
    for name in ("properties", "$defs", "definitions"):
        for key, value in schema.get(name, {}).items():
            _check_further(value, f"{path}.{name}.{key}")
    for name in ("anyOf", "oneOf", "allOf", "items"):
        _check_further(schema.get(name), f"{path}.{name}")


def _consume(item: tuple[Any, ...], below: Stack, byte: int) -> list[Stack]:
    """The stacks after a terminal took `byte`; none if it does not take it."""
    if item[0] == "bytes":
        if item[1][0] != byte:
            return []
        return [(("bytes", item[1][1:]), below)] if len(item[1]) > 1 else [below]
    if item[0] == "string":
        return _consume_string(item, below, byte)
    return _consume_number(item, below, byte)


def _consume_string(item: tuple[Any, ...], below: Stack, byte: int) -> list[Stack]:
    """`pending`: continuation bytes a character still needs, or -1 after a backslash."""
    _, least, most, pending = item
    if pending > 0:
        return [(("string", least, most, pending - 1), below)] if byte & 0xC0 == 0x80 else []
    if pending < 0:
        return [(("string", least, most, 0), below)] if byte in _ESCAPES else []
    if byte == ord('"'):
        return [below] if least <= 0 else []
    if byte < 0x20 or (most is not None and most <= 0):
        return []
    least, most = least - 1, None if most is None else most - 1
    if byte == ord("\\"):
        return [(("string", least, most, -1), below)]
    if byte < 0x80:
        return [(("string", least, most, 0), below)]
    # Lead bytes of two, three and four byte characters; E0, ED, F0 and F4, whose second byte is restricted,
    # are left to the model: it has learnt from valid text.
    for low, high, following in ((0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3)):
        if low <= byte <= high:
            return [(("string", least, most, following), below)]
    return []


def _consume_number(item: tuple[Any, ...], below: Stack, byte: int) -> list[Stack]:
    _, state, digits, whole = item
    character = chr(byte)
    if state == "start" and character == "-":
        return [(("number", "sign", 0, whole), below)]
    if not character.isdecimal() or byte > 0x7F:
        if character == "." and state in ("zero", "digits") and not whole:
            return [(("number", "point", 0, whole), below)]
        return []
    if state in ("start", "sign"):
        after = "zero" if character == "0" else "digits"
    elif state == "point":
        after = "fraction"
    elif state in ("digits", "fraction") and digits < _DIGITS:
        after = state
    else:
        return []
    # A number has no last character: it may end here, or go on.
    return [below, (("number", after, digits + 1, whole), below)]


def _frozen(schema: Any) -> str:
    return json.dumps(schema, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _thawed(schema: str) -> Any:
    return json.loads(schema)
