"""How well the fact strip finds the place of a fact that was altered: part of `facts.py`.

In a headline, or a real continuation, one fact that its story bears out is altered: another number with as many figures,
another day, year or hour, another last character of a name, two characters of a quotation. A headline is held against
the body, from which an editor worded it anew; a continuation against the whole story, in which it stands as it was. The
alteration counts if the strip sees a fact of the kind there and does not find it in the story. Then it says `changed`
and points to the original (`right`) or elsewhere (`wrong`), or it says `absent`. Right is the place where the unaltered
fact was located, any other with the same words, or a number that agrees with it.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from caibian.grounding import (
    KINDS,
    Evidence,
    Kind,
    Mention,
    Quantity,
    Source,
    StripFact,
    fact_strip,
    find,
    locate,
)
from caibian.grounding.agreement import number_agrees
from uhgeval import Story, stories

_GIVEN_NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
_OTHER_WORDS = ("不会", "没有", "将要", "已经")
_SHORTEST_QUOTE = 8  # characters: two of fewer are most of it

Counts = Counter[tuple[str, Kind, str]]  # headline or continuation, kind, outcome


def altered(mention: Mention, draw: random.Random) -> str | None:
    """The words of a fact that is another; None where the rules above make none."""
    text = mention.text
    if mention.kind in ("number", "date"):
        figures = list(re.finditer(r"\d+", text))
        if not figures:
            return None
        last, new = figures[-1], figures[-1].group()
        while new == last.group():
            new = _figures(last.group(), mention.kind, draw)
        return text[: last.start()] + new + text[last.end() :]
    if mention.kind == "name":
        return text[:-1] + draw.choice([c for c in _GIVEN_NAMES if c != text[-1]]) if len(text) > 1 else None
    if len(text) < _SHORTEST_QUOTE:
        return None
    at = draw.randrange(1, len(text) - 3)
    return text[:at] + draw.choice(_OTHER_WORDS) + text[at + 2 :]


def _figures(old: str, kind: Kind, draw: random.Random) -> str:
    if kind == "date":
        return str(draw.randint(1, 12)) if len(old) <= 2 else old[:-1] + draw.choice("0123456789")
    return "".join(draw.choice("0123456789" if place else "123456789") for place in range(len(old)))


def alter_all(which: str, text: str, source: Source, counts: Counts, draw: random.Random) -> None:
    """Alter each fact of a text by itself and count what the strip says of it."""
    for mention in find(text, "zh", KINDS, source.published_at):
        evidence = locate(mention, source)
        new = altered(mention, draw) if evidence is not None and evidence.text else None
        if evidence is None or new is None:
            continue
        end = mention.start + len(new)
        facts = fact_strip(
            text[: mention.start] + new + text[mention.end :], source, "zh", source.published_at
        )
        there = [
            f for f in facts if f.mention.kind == mention.kind and _overlaps(f.mention, mention.start, end)
        ]
        if there and there[0].status != "found":
            counts[which, mention.kind, _outcome(there[0], mention, evidence, source)] += 1


def _overlaps(mention: Mention, start: int, end: int) -> bool:
    return mention.start < end and start < mention.end


def _outcome(fact: StripFact, original: Mention, evidence: Evidence, source: Source) -> str:
    if fact.source_start is None or fact.source_end is None or fact.source_text is None:
        return "absent"
    same_place = fact.source_start < evidence.end and evidence.start < fact.source_end
    same_words = original.text in fact.source_text or fact.source_text in original.text
    pointed = [n.value for n in source.numbers if n.start == fact.source_start]
    agrees = (
        isinstance(original.value, Quantity)
        and bool(pointed)
        and isinstance(pointed[0], Quantity)
        and number_agrees(original.value, pointed[0]) is not None
    )
    return "right" if same_place or same_words or agrees else "wrong"


def measure_altered(found: Iterable[Story], seed: int = 7) -> Counts:
    """The counts over stories."""
    counts: Counts = Counter()
    draw = random.Random(seed)
    for story in found:
        headline = re.sub(r"^\s*（[^）]*）", "", story.headline)
        alter_all("headline", headline, Source(story.body, "zh", story.published), counts, draw)
        alter_all(
            "continuation", story.continuation, Source(story.whole, "zh", story.published), counts, draw
        )
    return counts


def shares(counts: Counts, which: str, kind: Kind) -> tuple[int, float, float, float]:
    """(alterations, share right, share wrong, share absent)."""
    parts = [counts[which, kind, outcome] for outcome in ("right", "wrong", "absent")]
    total = sum(parts)
    right, wrong, absent = (part / max(1, total) for part in parts)
    return total, right, wrong, absent


def strip_speed(path: Path) -> tuple[float, float]:
    """Median milliseconds of processor time for 1,000 characters against 3,000: with a new source, with a known one."""
    text = "".join(s.body for s in list(stories(path))[:60])
    times: tuple[list[float], list[float]] = ([], [])
    published = datetime(2015, 6, 1)
    for round_ in range(15):
        source = Source(text[round_ * 100 : round_ * 100 + 3000], "zh", published)
        claim = text[3200 + round_ * 1000 : 4200 + round_ * 1000]
        for known in (0, 1):
            start = time.process_time()
            fact_strip(claim + " " * known, source, "zh", published)
            times[known].append(1000 * (time.process_time() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def print_altered(path: Path, limit: int) -> None:
    """The table, and what a strip costs."""
    found = [story for number, story in enumerate(stories(path)) if number < limit]
    counts = measure_altered(found)
    print("\naltered facts          n   changed, right   changed, wrong   absent")
    for which in ("headline", "continuation"):
        for kind in KINDS:
            total, right, wrong, absent = shares(counts, which, kind)
            if total:
                print(f"{which:13}{kind:7}{total:5} {right:11.1%} {wrong:15.1%} {absent:12.1%}")
    fresh, known = strip_speed(path)
    print(
        f"fact strip, 1,000 characters against 3,000: {fresh:.1f} ms, against a source read before {known:.1f} ms"
    )
