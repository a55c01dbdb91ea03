"""What people call the systems, judges, cards and languages of an evaluation."""

from __future__ import annotations

from caibian.errors import ConfigError
from caibian.evaluation.tables import EXPERTS, JUDGES, Scope, Voice
from caibian.pipeline.report.words import Two, catalogue, listed, name, pair, plain
from caibian.tasks import card as load_card
from caibian.tasks.card import NARROWED


def system(key: str) -> Two:
    """A system: our own names for those we know, else its own name as it stands."""
    return name("systems", key) if key in catalogue()["systems"] else pair(key)


def language(code: str) -> Two:
    """A language by its code."""
    return name("audit_language", code)


def card(card_id: str) -> Two:
    """A task card's name, with the dataset it was narrowed to; its id where the card is not in the library."""
    try:
        found = load_card(card_id)
    except ConfigError:
        return pair(card_id)
    dataset = card_id.partition(NARROWED)[2]
    zh, en = (f"（{dataset}）", f" ({dataset})") if dataset else ("", "")
    return pair({"en": found.name.en + en, "zh": found.name.zh + zh})


def scope(part: Scope) -> Two:
    """A part of the examples."""
    if part.card:
        return card(part.card)
    if part.language:
        code = part.language
        return Two(lambda lang: plain("cmp_wins.all_cards", lang, name=language(code).of(lang)))
    return name("cmp_wins", "all")


def voice(one: Voice) -> Two:
    """A voice as the head of a column."""
    if one.name == EXPERTS:
        key = "experts" if len(one.judges) > 1 else "expert"
        return Two(lambda lang: plain(f"cmp_voice.{key}", lang, n=len(one.judges)))
    if one.name == JUDGES:
        return Two(lambda lang: plain("cmp_voice.judges", lang, n=len(one.judges)))
    return pair(one.name)


def voice_name(key: str) -> Two:
    """A voice by its name alone."""
    return (
        name("cmp_voice", {EXPERTS: "all_experts", JUDGES: "all_judges"}[key])
        if key in (EXPERTS, JUDGES)
        else pair(key)
    )


def by(one: Voice) -> Two:
    """A voice in a sentence that says who ordered."""
    if one.name == EXPERTS:
        key = "by_experts" if len(one.judges) > 1 else "by_expert"
    else:
        key = "by_judges" if one.name == JUDGES else f"by_{one.kind}"
    return Two(lambda lang: plain(f"cmp_voice.{key}", lang, n=len(one.judges), name=one.name))


def systems(keys: list[str] | tuple[str, ...]) -> Two:
    """Several systems in a row."""
    return listed([system(key) for key in keys])
