"""Is a JSON schema sound, and within what a backend can keep to? Asked before a model is, since engines tend to
drop a schema they do not understand and answer freely."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from caibian.errors import UnsupportedSchema

ANNOTATIONS = {"$schema", "$id", "$defs", "definitions", "title", "description", "default", "examples"}
ANNOTATIONS |= {"format", "deprecated", "readOnly", "writeOnly", "propertyOrdering"}
BASIC = ANNOTATIONS | {"$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf", "properties", "required"}
BASIC |= {"additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength"}
BASIC |= {"minimum", "maximum"}
# What llguidance documents beyond that.
EXTENDED = BASIC | {"pattern", "prefixItems", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}

_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


def check_schema(schema: dict[str, Any], keywords: Set[str]) -> None:
    """Refuse a schema that is broken or goes beyond `keywords`.

    Raises:
        UnsupportedSchema: naming the place in the schema.
    """
    _check(schema, "$", schema, keywords)


def resolve(root: Any, reference: str) -> Any:
    """What a `$ref` into the same schema points at. Raises KeyError or TypeError where it leads nowhere."""
    node = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else []:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _check(schema: Any, path: str, root: Any, keywords: Set[str]) -> None:
    if schema is True:
        return
    if not isinstance(schema, dict):
        raise UnsupportedSchema(f"JSON schema, {path}: must be an object, got {schema!r}")
    if unknown := sorted(set(schema) - keywords):
        raise UnsupportedSchema(f"JSON schema, {path}: {', '.join(unknown)} is not supported by this backend")
    _check_values(schema, path)
    if "$ref" in schema:
        try:
            resolve(root, schema["$ref"])
        except (KeyError, TypeError, AttributeError) as error:
            raise UnsupportedSchema(f"JSON schema, {path}.$ref: {schema['$ref']!r} leads nowhere") from error
    for name in ("properties", "$defs", "definitions"):
        for key, value in schema.get(name, {}).items():
            _check(value, f"{path}.{name}.{key}", root, keywords)
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for at, value in enumerate(schema.get(name, ())):
            _check(value, f"{path}.{name}[{at}]", root, keywords)
    if schema.get("items", False) is not False:
        _check(schema["items"], f"{path}.items", root, keywords)


def _check_values(schema: dict[str, Any], path: str) -> None:
    kinds = schema.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in _TYPES:
            raise UnsupportedSchema(f"JSON schema, {path}.type: {kind!r} is no JSON type")
    if schema.get("enum") == []:
        raise UnsupportedSchema(f"JSON schema, {path}.enum: is empty")
    for low, high in _BOUNDS:
        if low in schema and high in schema and schema[low] > schema[high]:
            raise UnsupportedSchema(f"JSON schema, {path}: {low} is greater than {high}")
    if "pattern" in schema:
        try:
            re.compile(schema["pattern"])
        except (re.error, TypeError) as error:
            raise UnsupportedSchema(
                f"JSON schema, {path}.pattern: not a regular expression ({error})"
            ) from error
