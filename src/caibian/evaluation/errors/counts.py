"""How often each cause occurs: by system, card and language, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from caibian.evaluation.errors.causes import CAUSES, Found
from caibian.evaluation.errors.rates import share
from caibian.records import Example

Causes = Mapping[str, Sequence[Found]]  # example id -> what is wrong with its answer


def count(examples: Sequence[Example], found: Causes) -> dict[str, Any]:
    """The answers, those without any cause, and for each cause how many have it and for how many it comes first."""
    having, first = Counter[str](), Counter[str]()
    for example in examples:
        causes = [one.cause for one in found[example.id]]
        having.update(set(causes))
        first.update(causes[:1])
    clean = sum(not found[example.id] for example in examples)
    return {
        "answers": len(examples),
        "clean": {"n": clean, **share(clean, len(examples)).json()},
        "causes": {
            cause: {"n": having[cause], "primary": first[cause], **share(having[cause], len(examples)).json()}
            for cause in CAUSES
            if having[cause]
        },
    }


def by_group(examples: Sequence[Example], found: Mapping[str, Causes], group: str) -> list[dict[str, Any]]:
    """`count` for each system and each value of an example's field (`card`, `language`), in order of the value."""
    values = sorted({str(getattr(example, group)) for example in examples})
    return [
        {group: value, "system": system, **count(own, causes)}
        for value in values
        for own in [[example for example in examples if getattr(example, group) == value]]
        for system, causes in found.items()
    ]
