"""`judge`: rank a comparison by models and rules, measure the judges, and write down what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.comparison import EMPTY, Comparison, read_comparison, read_rankings, write_rankings
from caibian.evaluation.judging.ask import Ballot, vote
from caibian.evaluation.judging.bias import CONFIDENCE, Examined, examine
from caibian.evaluation.judging.config import JudgeConfig
from caibian.evaluation.judging.lineup import Lineup, lineups
from caibian.evaluation.judging.rankers import RANKERS, rank_by_rule
from caibian.evaluation.strength import Same, standings
from caibian.evaluation.systems import same_weights
from caibian.files import write_json
from caibian.models.asking import Journal
from caibian.models.chat import ChatModel
from caibian.models.openai_client import Prices
from caibian.progress import Progress
from caibian.records import Ranking

FILE = "judging.json"
_FORMAT = 1


@dataclass(frozen=True)
class Judge:
    """A model that ranks. own: the system that it is itself; by default the one with the same weights."""

    model: ChatModel
    name: str = ""  # the model's by default
    identity: Mapping[str, Any] = field(default_factory=dict)
    own: str | None = None
    prices: Prices | None = None


def judge_name(judge: Judge, config: JudgeConfig) -> str:
    """What the judge is called: one that sees the published text is another judge than one that does not."""
    return (judge.name or judge.model.name) + (" (with reference)" if config.reference else "")


def judge(
    folder: Path,
    one: Judge,
    config: JudgeConfig,
    systems: Sequence[str] = (),
    progress: Progress | None = None,
) -> Ballot:
    """Have a model rank the comparison in `folder`; writes `rankings/JUDGE.parquet` and its entry of `judging.json`.

    Verdicts are kept in `verdicts/` as they come: stopped at any moment, the same call asks only for the rest.

    Args:
        systems: those to rank; all by default.
    Raises:
        InputError: no comparison there.
        ConfigError: a system is unknown, or the name is that of a rule or of a judge with other weights.
    """
    progress = progress or Progress("silent")
    comparison = read_comparison(folder)
    ranked = _systems(comparison, systems)
    name = judge_name(one, config)
    if name in RANKERS:
        raise ConfigError(f"--judge: {name} is the name of a rule; give the model another: NAME=MODEL")
    before = _entries(folder).get(name, {}).get("identity")
    if before and before != dict(one.identity):
        raise ConfigError(
            f"--judge: {name} has ranked here with other weights; give this one another name: NAME=MODEL"
        )
    own = _own(comparison, ranked, one)
    given = lineups(comparison, ranked, config.seed)
    if not any(len(lineup.answers) > 1 for lineup in given):
        raise EmptyResult(
            f"{folder}: no example has two different answers that are not empty; there is nothing to rank"
        )
    journal = Journal(folder / "verdicts" / f"{quote(name, safe=' ()+-_.@')}.jsonl")
    try:
        ballot = vote(name, one.model, given, config, journal, progress)
    finally:
        journal.close()
    if ballot.rankings:
        write_rankings(folder, ballot.rankings)
    prices = one.prices
    cost = prices and {
        "amount": prices.cost(ballot.prompt_tokens, ballot.completion_tokens),
        "currency": prices.currency,
    }
    _enter(folder, name, {"kind": "model", "identity": dict(one.identity), "own": own, "settings": config.model_dump(),
                          "systems": list(ranked), **ballot.json(), "cost": cost})  # fmt: skip
    return ballot


def rule(
    folder: Path, name: str, seed: int, systems: Sequence[str] = (), progress: Progress | None = None
) -> list[Ranking]:
    """Rank the comparison by a rule, `reference` or `checks`; writes the same files as `judge`."""
    comparison = read_comparison(folder)
    ranked = _systems(comparison, systems)
    given = lineups(comparison, ranked, seed)
    rankings = rank_by_rule(name, given, progress or Progress("silent"))
    if rankings:
        write_rankings(folder, rankings)
    tied = sum(one.abstained is not None for one in rankings)
    abstentions = {"all_tied": {"count": tied, "examples": []}} if tied else {}
    entry = {"kind": name, "systems": list(ranked), "rankings": len(rankings) - tied, "abstentions": abstentions,
             "nothing_to_rank": sum(len(one.answers) < 2 for one in given),
             "seconds": round(sum(one.seconds for one in rankings if one.repeat == 0), 3)}  # fmt: skip
    _enter(folder, name, entry)
    return rankings


def examine_all(folder: Path, seed: int = 0, progress: Progress | None = None) -> dict[str, Any]:
    """Measure every judge that has ranked here against the others, and write `judging.json`; returns its content.

        format, systems, examples
        identical     examples in which systems gave the same answer; they share a place and make no pair
        missing       system -> examples without its answer
        confidence, bias_confidence
        judges        name -> kind, settings and counts (see `judge`), `standings` (see `strength.standings`) and
                      `bias`: fit (null: too few items), reasons, figures {value, low, high, least, most, n, items,
                      method, beyond, note?, against?}, first_by_seat, equal_length. Rules have no `bias`.

    Names of figures, reasons and abstentions are codes; `wording.yaml` words them.
    """
    progress = progress or Progress("silent")
    comparison = read_comparison(folder)
    everyone = [one for one in read_rankings(folder) if one.order or one.abstained]
    systems = list(comparison.answers)
    given = lineups(comparison, systems, seed)
    same: Same = {one.example.id: one.same for one in given if one.same}
    entries = _entries(folder)
    by_judge: dict[str, list[Ranking]] = {}
    for one in everyone:
        by_judge.setdefault(one.judge, []).append(one)
    judges: dict[str, Any] = {}
    if not any(one.kind == "reference" for one in everyone):
        everyone += rank_by_rule(
            "reference", given, Progress("silent")
        )  # a yardstick, not a judge that was asked for
    asked = {name: rankings for name, rankings in by_judge.items() if rankings[0].kind != "expert"}
    unfit = _led_astray(asked, everyone, given, same, seed)
    everyone = [one for one in everyone if one.judge not in unfit]
    with progress.task("Examining judges", total=len(asked)) as task:
        for name, rankings in asked.items():
            entry = {**entries.get(name, {}), "kind": rankings[0].kind}
            ranked = [system for system in systems if any(system in _meant(one, same) for one in rankings)]
            ranked = ranked or [system for system in systems if system in entry.get("systems", systems)]
            entry["standings"] = standings(rankings, ranked, same, seed=seed)
            if rankings[0].kind == "model":
                entry["bias"] = _examined(name, rankings, everyone, ranked, given, same, entries, seed).json()
            judges[name] = entry
            task.advance()
    for name, entry in entries.items():  # a judge that has not said anything yet
        judges.setdefault(name, entry)
    result = {
        "format": _FORMAT,
        "systems": systems,
        "examples": len(comparison.examples),
        "identical": sum(any(one.same.values()) for one in given),
        "missing": comparison.missing(),
        "confidence": 0.95,
        "bias_confidence": CONFIDENCE,
        "judges": judges,
    }
    write_json(folder / FILE, result)
    return result


def _led_astray(
    asked: Mapping[str, Sequence[Ranking]],
    everyone: Sequence[Ranking],
    given: Sequence[Lineup],
    same: Same,
    seed: int,
) -> set[str]:
    """The model judges that are unfit whatever other models say: they are no yardstick for others."""
    lengths = {one.example.id: one.lengths for one in given}
    fair = [one for one in everyone if one.kind != "model"]
    models = {name: rankings for name, rankings in asked.items() if rankings[0].kind == "model"}
    if len(models) < 2:
        return set()
    return {
        name
        for name, rankings in models.items()
        if examine(
            rankings, sorted({s for one in rankings for s in _meant(one, same)} - {EMPTY}),
            lengths=lengths, others=fair, same=same, seed=seed,
        ).fit is False
    }  # fmt: skip


def _examined(
    name: str,
    rankings: Sequence[Ranking],
    everyone: Sequence[Ranking],
    systems: Sequence[str],
    given: Sequence[Lineup],
    same: Same,
    entries: Mapping[str, Any],
    seed: int,
) -> Examined:
    identity = entries.get(name, {}).get("identity") or {}
    itself = {name} | {
        other for other, entry in entries.items() if same_weights(identity, entry.get("identity") or {})
    }
    own = entries.get(name, {}).get("own")
    return examine(
        rankings,
        systems,
        lengths={one.example.id: one.lengths for one in given},
        others=[one for one in everyone if one.judge not in itself],
        own=own if own in systems else None,
        same=same,
        seed=seed,
    )


def _meant(one: Ranking, same: Same) -> set[str]:
    """The systems that a ranking speaks of, those behind a shared answer included."""
    twins = same.get(one.example_id, {})
    return {twin for name in one.order for twin in (name, *twins.get(name, ()))}


def _systems(comparison: Comparison, wanted: Sequence[str]) -> list[str]:
    if unknown := [name for name in wanted if name not in comparison.answers]:
        raise ConfigError(
            f"--systems: no system {unknown[0]!r} here; there are: {', '.join(comparison.answers)}"
        )
    systems = [name for name in comparison.answers if not wanted or name in wanted]
    if len(systems) < 2:
        raise ConfigError(f"--systems: a ranking needs two systems, there is {', '.join(systems) or 'none'}")
    return systems


def _own(comparison: Comparison, systems: Sequence[str], one: Judge) -> str | None:
    if one.own is not None:
        if one.own not in systems:
            raise ConfigError(f"--own: no system {one.own!r} among those ranked: {', '.join(systems)}")
        return one.own
    return next(
        (name for name in systems if same_weights(one.identity, comparison.systems.get(name, {}))), None
    )


def _entries(folder: Path) -> dict[str, Any]:
    """The judges that `judging.json` holds; a damaged file costs their counts, never their rankings."""
    try:
        judges = json.loads((folder / FILE).read_text(encoding="utf-8"))["judges"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return judges if isinstance(judges, dict) else {}


def _enter(folder: Path, name: str, entry: dict[str, Any]) -> None:
    write_json(folder / FILE, {"format": _FORMAT, "judges": {**_entries(folder), name: entry}})
