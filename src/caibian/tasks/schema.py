"""The part of JSON Schema that cards use, checked without a library: enough for records, lists and choices."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern"),
    *("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "description", "title"),
}
"""Keywords that `violations` understands; the loader refuses a card whose schema uses another."""

_Limit = tuple[str, str, bool]  # keyword, what it limits, whether it is a lower limit
_LENGTHS: dict[type, tuple[_Limit, _Limit]] = {
    list: (("minItems", "items", True), ("maxItems", "items", False)),
    str: (("minLength", "characters", True), ("maxLength", "characters", False)),
}


def violations(value: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
    """Where a JSON value breaks a schema, each as `$.path: what`; empty where it satisfies it."""
    wanted = schema.get("type")
    if wanted is not None:
        types = [wanted] if isinstance(wanted, str) else list(wanted)
        if not any(_is(value, name) for name in types):
            return [f"{place}: is not {' or '.join(types)}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: is not one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: is not {schema['const']!r}")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{place}: does not match {schema['pattern']}")
    found += _size_violations(value, schema, place)
    if isinstance(value, dict):
        found += _object_violations(value, schema, place)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            found += violations(item, schema["items"], f"{place}[{number}]")
    return found


def unknown_keywords(schema: Any, place: str = "json_schema") -> list[str]:
    """Places in a schema with keywords that `violations` does not understand."""
    if isinstance(schema, bool):
        return []
    if not isinstance(schema, dict):
        return [f"{place}: is not a schema"]
    found = [f"{place}.{name}: is not a supported keyword" for name in schema if name not in KEYWORDS]
    types = schema.get("type", [])
    named = [types] if isinstance(types, str) else types
    found += [f"{place}.type: {name!r} is no JSON type" for name in named if name not in _TYPES]
    for name, child in (schema.get("properties") or {}).items():
        found += unknown_keywords(child, f"{place}.properties.{name}")
    for name in ("items", "additionalProperties"):
        if name in schema:
            found += unknown_keywords(schema[name], f"{place}.{name}")
    return found


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":  # for Python True is an int, for JSON it is none
        return False
    return isinstance(value, _TYPES[name]) or (
        name == "integer" and isinstance(value, float) and value.is_integer()
    )


def _size_violations(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    found = []
    for keyword, unit, lower in _LENGTHS.get(type(value), ()):
        limit = schema.get(keyword)
        if limit is not None and (len(value) < limit if lower else len(value) > limit):
            found.append(f"{place}: has {len(value)} {unit}, {keyword} is {limit}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            found.append(f"{place}: {value} is less than {schema['minimum']}")
        if "maximum" in schema and value > schema["maximum"]:
            found.append(f"{place}: {value} is more than {schema['maximum']}")
    return found


def _object_violations(value: dict[str, Any], schema: dict[str, Any], place: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [
        f"{place}.{name}: is required and missing" for name in schema.get("required", []) if name not in value
    ]
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            found += violations(item, properties[name], f"{place}.{name}")
        elif others is False:
            found.append(f"{place}.{name}: is not in the schema")
        elif isinstance(others, dict):
            found += violations(item, others, f"{place}.{name}")
    return found
