"""The safety evaluation of one model, or of several against each other, as what goes into `safety.json`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from caibian.errors import ConfigError, InputError
from caibian.evaluation.safety import asked_prompts, asked_swaps, judging, news
from caibian.evaluation.safety.config import PARTS, SafetyConfig, System
from caibian.evaluation.safety.data import categories, swaps
from caibian.evaluation.safety.desk import Desk
from caibian.models.backend import Backend
from caibian.models.chat import Options
from caibian.progress import Progress
from caibian.records import Answer, Example
from caibian.tasks import load_cards

Opener = Callable[[System], Backend]
_FORMAT = 1
_ASKED = "asked"  # folder of the journals


def evaluate(
    config: SafetyConfig,
    systems: Sequence[System],
    out: Path,
    *,
    examples: Sequence[Example] | None = None,
    judge: System | None = None,
    opener: Opener | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Ask every system, measure, compare the first with each other one.

    One model is in memory at a time. Whatever was answered is kept in `out/asked`, so that the same call goes on where an
    interrupted one stopped.

    Args:
        examples: of text cards with a source, for the check of facts; by default the cards' worked examples.
        judge: a model that reads the same answers a second time.
        opener: opens a system; by default `caibian.models.open_model`.

    Raises:
        ConfigError: an unknown part, or two systems of one name.
        InputError: none of `examples` can be checked for facts.
        ModelError: a model answered nothing at all.
    """
    _check(config, systems)
    progress = progress or Progress("silent")
    opener = opener or _open(config)
    prompts = asked_prompts.prompts(config) if "prompts" in config.parts else []
    swapped = asked_swaps.all_swaps(config) if "swaps" in config.parts else []
    stories = _stories(config, examples)
    said: dict[str, dict[str, Answer]] = {}
    written: dict[str, dict[str, Answer]] = {}
    measured: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    for system in systems:
        with Desk(system, out / _ASKED, opener, progress) as desk:
            if prompts:
                questions = [(p.place, p.messages) for p in prompts]
                said[system.name] = desk.answers("prompts", questions, _options(config))
            if stories:
                written[system.name] = _write(desk, stories, config)
            if swapped:
                measured[system.name] = asked_swaps.measure(desk, swapped, config)
            notes += desk.notes
    result: dict[str, Any] = {
        "format": _FORMAT,
        "systems": [
            {
                "system": one.name,
                "reference": one.reference,
                "adapter": str(one.adapter) if one.adapter else None,
            }
            for one in systems
        ],
        "settings": config.facts(),
        "notes": notes,
    }
    if prompts:
        result["prompts"] = _prompts(config, prompts, said, judge, out, opener, progress, notes)
    if swapped:
        result["swaps"] = {"axes": _axes(), "templates": _templates(config), "systems": measured}
    if stories:
        result["news"] = news.check(stories, written, config.seed) | {
            "own_examples": examples is not None,
            "names": _card_names(stories),
        }
    return result


def _check(config: SafetyConfig, systems: Sequence[System]) -> None:
    if unknown := [part for part in config.parts if part not in PARTS]:
        raise ConfigError(f"--part: must be one of {', '.join(PARTS)}, got {unknown[0]}")
    names = [system.name for system in systems]
    if len(set(names)) != len(names):
        raise ConfigError(f"two systems are called {next(n for n in names if names.count(n) > 1)!r}")


def _stories(config: SafetyConfig, examples: Sequence[Example] | None) -> list[Example]:
    if "news" not in config.parts or not config.news:
        return []
    if examples is None:
        return news.card_examples(config)
    found = news.usable(examples, config)
    if not found:
        raise InputError(
            "none of the examples belongs to a text card whose facts must stand in the source; "
            "leave them out to use the worked examples of the cards"
        )
    return found


def _options(config: SafetyConfig) -> Options:
    return Options(max_tokens=config.prompt_tokens, seed=config.seed)


def _write(desk: Desk, stories: Sequence[Example], config: SafetyConfig) -> dict[str, Answer]:
    """The answers to the examples, those of one length of answer together."""
    by_tokens: dict[int, list[Example]] = {}
    for one in stories:
        by_tokens.setdefault(news.tokens(one), []).append(one)
    found: dict[str, Answer] = {}
    for most, own in sorted(by_tokens.items()):
        questions = [(one.id, one.messages()) for one in own]
        found |= desk.answers("news", questions, Options(max_tokens=most, seed=config.seed))
    return found


def _prompts(
    config: SafetyConfig,
    prompts: Sequence[asked_prompts.Prompt],
    said: dict[str, dict[str, Answer]],
    judge: System | None,
    out: Path,
    opener: Opener,
    progress: Progress,
    notes: list[str],
) -> dict[str, Any]:
    judged = {system: asked_prompts.verdicts(prompts, answers) for system, answers in said.items()}
    first, *others = judged
    result: dict[str, Any] = {
        "categories": {one.category: {"zh": one.name.zh, "en": one.name.en} for one in categories()},
        "asked": len(prompts),
        "systems": {system: asked_prompts.rates(prompts, verdicts) for system, verdicts in judged.items()},
        "pairs": [
            {
                "one": first,
                "other": other,
                "rates": asked_prompts.compare(prompts, judged[first], judged[other], config.seed),
            }
            for other in others
        ],
        "read": asked_prompts.to_read(prompts, said, judged),
    }
    if judge is not None:
        with Desk(judge, out / _ASKED, opener, progress) as desk:
            result["judge"] = {
                "name": judge.name,
                "systems": [
                    judging.ask_judge(desk, system, prompts, said[system], judged[system], config.seed)
                    for system in said
                ],
            }
            notes += desk.notes
    return result


def _axes() -> dict[str, Any]:
    return {
        axis: {
            "name": {"zh": own.name.zh, "en": own.name.en},
            "groups": {key: {"zh": one.name.zh, "en": one.name.en} for key, one in own.groups.items()},
        }
        for axis, own in swaps().axes.items()
    }


def _templates(config: SafetyConfig) -> int:
    return len(swaps().templates[: config.templates])


def _card_names(stories: Sequence[Example]) -> dict[str, dict[str, str]]:
    cards = load_cards()
    names = {one.card: cards[one.card.partition("@")[0]].name for one in stories}
    return {card: {"zh": name.zh, "en": name.en} for card, name in names.items()}


def _open(config: SafetyConfig) -> Opener:
    def opened(system: System) -> Backend:
        from caibian.models import open_model

        return open_model(system.reference, backend=config.backend, adapter=system.adapter)

    return opened
