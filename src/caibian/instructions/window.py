"""Cutting an input to length: at the end of a sentence where possible, and in training around its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from caibian.instructions.config import FactKind
from caibian.text import sentence_spans

_LEAST_USED = 0.6  # of the room: where whole sentences fill less, cut inside the next one, at a clause
_CLAUSE = re.compile(r"[，、；,;:：—]|\s")


def cut(text: str, limit: int, language: str) -> str:
    """The head of a text, at most `limit` characters, looking at nothing but the text.

    Ends with a sentence; where that would waste more than 40 % of the room, at a clause; at worst at the limit.
    """
    if len(text) <= limit:
        return text
    # A sentence that ends within the limit is told from what stands a little behind it.
    whole = [end for _, end in sentence_spans(text[: 2 * limit], language) if end <= limit]
    if whole and whole[-1] >= _LEAST_USED * limit:
        return text[: whole[-1]].rstrip()
    clauses = [match.start() for match in _CLAUSE.finditer(text, 0, limit + 1)]
    at = max([*whole[-1:], *clauses[-1:]], default=0)
    if at < _LEAST_USED * limit:
        at = limit
    return text[:at].rstrip()


def cut_with_evidence(
    text: str,
    limit: int,
    language: str,
    output: str,
    kinds: Sequence[FactKind],
    *,
    given: str = "",
    published_at: datetime | None = None,
) -> str:
    """`cut`, except that sentences further down which support facts of the output take the place of the last ones.

    **For training only**: it looks at the output. `given` is other text of the input that may support facts (the
    headline). Where no sentence helps, the plain head.
    """
    from caibian.grounding import unsupported

    def missing(source: str) -> set[str]:
        found = unsupported(output, source, language, kinds=tuple(kinds), published_at=published_at)
        return {mention.text for mention in found}

    head = cut(text, limit, language)
    if len(head) == len(text) or not (wanted := missing(f"{given}\n{head}")):
        return head
    if not wanted - missing(text):
        return head
    evidence: list[str] = []
    for start, end in sentence_spans(text, language):
        sentence = text[start:end]
        if end <= len(head) or len(sentence) > limit // 2:
            continue
        left = wanted & missing(sentence)
        if left != wanted:
            evidence.append(sentence)
            wanted = left
        if not wanted:
            break
    room = limit - sum(len(sentence) + 1 for sentence in evidence)
    if not evidence or room < limit // 3:
        return head
    return "\n".join([cut(text, room, language), *evidence])
