"""`examine_all`: where the systems stand by every judge, and how far each judge can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from caibian.evaluation.comparison import EMPTY, read_comparison, read_rankings
from caibian.evaluation.judging.bias import CONFIDENCE, Examined, examine
from caibian.evaluation.judging.lineup import Lineup, lineups
from caibian.evaluation.judging.rankers import rank_by_rule
from caibian.evaluation.judging.record import FILE, FORMAT, entries
from caibian.evaluation.strength import Same, standings
from caibian.evaluation.systems import same_weights
from caibian.files import write_json
from caibian.progress import Progress
from caibian.records import Ranking


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
    same: Same = {one.example.id: one.alike for one in given if one.same}
    known = entries(folder)
    by_judge: dict[str, list[Ranking]] = {}
    for one in everyone:
        by_judge.setdefault(one.judge, []).append(one)
    judges: dict[str, Any] = {}
    if not any(one.kind == "reference" for one in everyone):
        # A yardstick, not a judge that was asked for.
        everyone += rank_by_rule("reference", given, Progress("silent"))
    asked = {name: rankings for name, rankings in by_judge.items() if rankings[0].kind != "expert"}
    unfit = _led_astray(asked, everyone, given, same, seed)
    everyone = [one for one in everyone if one.judge not in unfit]
    with progress.task("Examining judges", total=len(asked)) as task:
        for name, rankings in asked.items():
            entry = {**known.get(name, {}), "kind": rankings[0].kind}
            meant = entry.get("systems") or {system for one in rankings for system in _meant(one, same)}
            ranked = [system for system in systems if system in meant]
            entry["standings"] = standings(rankings, ranked, same, seed=seed)
            if rankings[0].kind == "model":
                entry["bias"] = _examined(name, rankings, everyone, ranked, given, same, known, seed).json()
            judges[name] = entry
            task.advance()
    for name, entry in known.items():  # a judge that has not said anything yet
        judges.setdefault(name, entry)
    result = {
        "format": FORMAT,
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
    known: Mapping[str, Any],
    seed: int,
) -> Examined:
    identity = known.get(name, {}).get("identity") or {}
    itself = {name} | {
        other for other, entry in known.items() if same_weights(identity, entry.get("identity") or {})
    }
    own = known.get(name, {}).get("own")
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
