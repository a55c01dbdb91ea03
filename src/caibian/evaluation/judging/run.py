"""`judge`: rank a comparison by models and rules, measure the judges, and write down what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.comparison import Comparison, read_comparison, write_rankings
from caibian.evaluation.judging.ask import Ballot, vote
from caibian.evaluation.judging.config import JudgeConfig
from caibian.evaluation.judging.lineup import lineups
from caibian.evaluation.judging.rankers import RANKERS, rank_by_rule
from caibian.evaluation.judging.record import enter, entries
from caibian.evaluation.systems import same_weights
from caibian.models.asking import Journal
from caibian.models.chat import ChatModel
from caibian.models.openai_client import Prices
from caibian.progress import Progress
from caibian.records import Ranking


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
    before = entries(folder).get(name, {}).get("identity")
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
    enter(folder, name, {"kind": "model", "identity": dict(one.identity), "own": own, "settings": config.model_dump(),
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
    enter(folder, name, entry)
    return rankings


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
