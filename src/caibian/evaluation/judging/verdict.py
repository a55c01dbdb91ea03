"""Reading a judge's verdict: found with tolerance, then held to the names that were offered.

An order may come as the JSON object that was asked for, with prose or a code fence around it, as `A > B > C`, or as a
numbered list. What counts is that it is one order in which every name stands exactly once; all else is an abstention.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from caibian.text import normalize

_KEYS = frozenset(["ranking", "rank", "ranks", "order", "排名", "排序", "名次", "顺序"])
_REASONS = frozenset(["reason", "reasons", "explanation", "rationale", "理由", "原因", "说明"])
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_UNFINISHED_THOUGHT = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_LISTED = re.compile(rf"[\"'“]?(?:{'|'.join(_KEYS)})[\"'”]?\s*[:：=]\s*\[([^\[\]{{}}]*)\]", re.IGNORECASE)
_BEFORE = r"(?:answer|response|option|candidate|text|答案|回答|答卷|选项)"
_MARKS = "\"'“”‘’「」『』【】[]()<>《》*`_.。,，、:： \t"
_REFUSAL = re.compile(
    r"抱歉|对不起|无法(?:评判|判断|排|比较|完成|协助|提供|对)|不能(?:评判|判断|排|比较|协助|提供)|作为一个?(?:AI|人工智能|语言模型)|"
    r"\bsorry\b|\bI (?:can(?:no|')t|am unable|['’]m unable|am not able|won['’]t|will not)\b|\bas an AI\b|\bunable to\b",
    re.IGNORECASE,
)
_ABOVE, _LEVEL = ">≻→", "=≈~"  # after NFKC, which makes ＞ a >
_ORDINALS = {character: place for place, character in enumerate("一二三四五六七八九十", start=1)}
_LONGEST_REASON = 400  # characters kept

Entry = str | tuple[str, ...]  # a name as it stands there, or several at one place


@dataclass(frozen=True, slots=True)
class Verdict:
    """Names, best first; or none, and the code of the reason why (`wording.yaml`)."""

    order: tuple[str, ...] = ()
    abstained: str | None = None
    reason: str = ""  # what the judge said for it


def read_verdict(text: str, names: Sequence[str], finish_reason: str = "stop") -> Verdict:
    """The order that a judge gave of the answers called `names`. Never raises.

    finish_reason: of the Answer; after `length` only a whole JSON object counts, for prose may have gone on otherwise.
    """
    text = _THOUGHT.sub("", text)
    if _UNFINISHED_THOUGHT.search(text):
        return Verdict(abstained="cut_off")
    if not text.strip():
        return Verdict(abstained="cut_off" if finish_reason == "length" else "says_nothing")
    objects = list(_objects(text))
    reason = next((value for one in objects for key, value in one.items() if _is(key, _REASONS)), "")
    said = str(reason).strip()[:_LONGEST_REASON]
    found = [value for one in objects for key, value in one.items() if _is(key, _KEYS)]
    orders = [_entries(value, names) for value in found]
    if not orders and finish_reason == "length":
        return Verdict(abstained="cut_off", reason=said)
    if not orders:
        orders = list(_written(text, names))
    distinct = {_held(order, names) for order in orders}
    if len(distinct) > 1:
        return Verdict(abstained="several_orders", reason=said)
    if not distinct:
        broken = text.lstrip().startswith("{") and not objects
        code = "refuses" if _REFUSAL.search(text) else "cut_off" if broken else "no_order"
        return Verdict(abstained=code, reason=said)
    order, fault = distinct.pop()
    return Verdict(order, fault, said)


def _held(order: Sequence[Entry], names: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The order if it holds every name once; else nothing, and what is wrong with it."""
    if any(isinstance(entry, tuple) for entry in order):
        return (), "ties"
    known = {_bare(name): name for name in names}
    given = [_bare(str(entry)) for entry in order]
    if any(name not in known for name in given):
        return (), "invents"
    if len(set(given)) < len(given):
        return (), "repeats"
    if len(given) < len(names):
        return (), "omits"
    return tuple(known[name] for name in given), None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a text, outermost first to last, whatever stands around them."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield from _nested(value)
        at = text.find("{", end)


def _nested(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield value
    for inner in value.values():
        if isinstance(inner, dict):
            yield from _nested(inner)


def _is(key: str, meant: frozenset[str]) -> bool:
    return key.strip().casefold() in meant


def _entries(value: Any, names: Sequence[str]) -> list[Entry]:
    """The entries of a ranking that came as JSON: a list of names, or a string such as `A > B`."""
    if isinstance(value, str):
        chains = list(_written(value, names))
        return chains[0] if chains else [part for part in re.split(r"[\s,，、]+", value) if part]
    if not isinstance(value, list):
        return [str(value)]
    found: list[Entry] = []
    for one in value:
        if isinstance(one, list):
            found.append(tuple(map(str, one)) if len(one) > 1 else "".join(map(str, one)))
        elif isinstance(one, dict):  # {"name": "A", …}
            found.append(str(one.get("name", one.get("answer", one.get("名字", "")))))
        else:
            found.append(str(one))
    return found


def _written(text: str, names: Sequence[str]) -> Iterator[list[Entry]]:
    """The orders that stand in prose: `ranking: [A, B]`, `A > B > C`, or a numbered list."""
    for match in _LISTED.finditer(text):
        yield [part for part in re.split(r"[,，、]", match.group(1)) if part.strip(_MARKS)]
        return
    text = normalize(text)
    one = "|".join(sorted((re.escape(normalize(name)) for name in names), key=len, reverse=True))
    name = rf"{_BEFORE}?\s*[{re.escape(_MARKS)}]*(?<![A-Za-z0-9])({one})(?![A-Za-z0-9])[\"'”’」』】\])*`_]*"
    chains = list(_chains(text, name))
    if chains:
        yield from chains
        return
    listed = re.findall(
        rf"^\s*[-*#]*\s*(?:(\d+)\s*[.):、]|第([一二三四五六七八九十])名?\s*[:、]?)\s*{name}",
        text,
        re.M | re.I,
    )
    places = [int(digit) if digit else _ORDINALS[word] for digit, word, _ in listed]
    if len(listed) > 1 and places == list(range(1, len(places) + 1)):
        yield [found for *_, found in listed]


def _chains(text: str, name: str) -> Iterator[list[Entry]]:
    link = rf"\s*([{_ABOVE}{_LEVEL}])\s*"
    for match in re.finditer(rf"{name}(?:{link}{name})+", text, re.IGNORECASE):
        parts = re.split(rf"\s*[{_ABOVE}]\s*", match.group())
        before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
        found: list[Entry] = [
            tuple(re.split(rf"[{_LEVEL}]", part)) if re.search(f"[{_LEVEL}]", part) else part
            for part in parts
        ]
        if after[:1] in tuple(_ABOVE) or before[-1:] in tuple(
            _ABOVE
        ):  # the chain goes on with something unknown
            found.append("?")
        yield found


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    """A name without marks, case, width and the word for answer."""
    folded = normalize(name).casefold().strip(_MARKS)
    return re.sub(rf"^{_BEFORE}", "", folded).strip(_MARKS)
