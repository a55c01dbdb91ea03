"""YAML with the line number of every key, duplicate keys refused, and `4e-4` read as a number."""

from __future__ import annotations

import re
from typing import Any

import yaml

from caibian.errors import ConfigError

Path = tuple[str | int, ...]  # of a value in the document: ("training", "lora", "rank")


class _Loader(yaml.SafeLoader):
    """PyYAML follows YAML 1.1, where `4e-4` (no dot) is a text; YAML 1.2 and people mean a number."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def parse(text: str, name: str) -> tuple[Any, dict[Path, int]]:
    """The document's value, and the line (from 1) on which each key or list item stands.

    Raises:
        ConfigError: not YAML, or a key given twice; the message names the line.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        if node is None:
            return None, lines
        _walk(node, (), lines, name)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{name}{where}: not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {error}") from error


def parse_value(text: str, name: str) -> Any:
    """One value as YAML writes it, e.g. the right side of `--set seed=7`."""
    return parse(text, name)[0]


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int], name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            here = (*path, key.value)
            line = key.start_mark.line + 1
            if here in lines:
                dotted = ".".join(map(str, here))
                raise ConfigError(f"{name}, line {line}: {dotted}: given twice (first on line {lines[here]})")
            lines[here] = line
            _walk(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, index)
            lines[here] = value.start_mark.line + 1
            _walk(value, here, lines, name)
