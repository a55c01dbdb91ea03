"""The whole report: experts among themselves, each against the others, judges against experts, items to adjudicate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from caibian.evaluation.agreement.adjudication import disputed
from caibian.evaluation.agreement.figures import alpha_figure, coefficients
from caibian.evaluation.agreement.judges import expert_against, judge_against
from caibian.evaluation.agreement.votes import Votes, as_votes, usable
from caibian.evaluation.bootstrap import Bootstrap, Figure, Interval
from caibian.evaluation.comparison import EMPTY
from caibian.records import Example, Ranking

_FORMAT = 1
_COEFFICIENTS = (
    "alpha",
    "kendall_w",
    "spearman",
    "tau",
    "agreement",
    "kappa",
    "kappa_marginal",
)
_JUDGE = ("accuracy", "kappa", "tau", "expert_accuracy", "accuracy_in_place", "accuracy_difference")
_UNDEFINED = Interval(np.nan, np.nan, np.nan)


def agreement_report(
    rankings: Sequence[Ranking],
    examples: Sequence[Example] | None = None,
    *,
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
    adjudicate: int = 20,
) -> dict[str, Any]:
    """How far experts agree with each other and judges with experts, as values for a JSON file.

    Rankings of `kind` expert are the experts'; all others are judges'. The empty answer is left out of every figure,
    for everybody puts it last. An expert's last word on an item counts; a judge's repeats weigh together as one.

    Args:
        examples: what was ranked: gives cards and languages; rankings of other examples are left out and counted.
        seed, resamples, confidence: of the percentile bootstrap over items.
        adjudicate: how many items of disagreement to list at most.

    Returns a dictionary. An *interval* is `{"value", "low", "high"}`, each a number, or null where undefined.

        format, seed, resamples, confidence, systems
        items        {"ranked": by an expert, "shared": by two or more, "judged": by a judge}
        left_out     reason -> rankings: unknown_item, superseded, repeats_an_answer, fewer_than_two_answers
        abstentions  "experts" and "judges" -> {"n", "reasons": {reason: n}}
        experts      "overall": block; "cards" and "languages": name -> block; "raters": expert -> rater block
        judges       judge -> judge block
        between_judges  block over the judges, each by its first repeat
        adjudicate   items of highest disagreement, worst first: {"example_id", "card", "language", "disagreement",
                     "orders": [{"rater", "order", "comment"}], "abstained": [{"rater", "reason"}]}

    block, over the items that two or more of the group ranked: items, raters, rankings, rater_pairs (counts), and
    intervals:
        alpha       Krippendorff's alpha, ordinal. A unit is one system's answer to one item, its value the place that a
                    rater gave it, counted among the systems that all raters of the item ranked.
        kendall_w   Kendall's W of each item, averaged over items that weigh alike; kendall_w_chance is what random
                    orders would give (the mean of 1/m, a number, not an interval): compare W of few raters with it.
        spearman    mean Spearman correlation over all pairs of raters: W freed of its number of raters; chance gives 0.
        tau         mean Kendall tau over all pairs of raters, each pair on one item weighing alike.
        agreement   of all pairs of systems that two raters ordered in the same item: the share they ordered alike.
        kappa       (agreement - 1/2) / (1/2): Cohen's kappa with chance 1/2 (Bennett's S), for which of two systems is
                    named first is arbitrary.
        kappa_marginal  Fleiss's kappa over pairs: chance is what each two systems' shares of wins in the group give, so
                    that knowing which system is better as a rule earns nothing. Null where one always wins.

    rater block: items (ranked), shared (with another expert), abstained, reasons, seconds (median, null where unknown),
    and intervals over the shared items: agreement, kappa and tau with each other expert; accuracy: share of pair
    preferences equal to the majority of the others (ties left out); alpha_without: alpha of the others if this expert
    is left out.

    judge block: kind, items (ranked by judge and an expert), rankings, abstained, reasons, pairs (held against a
    majority), pairs_tied and items_tied (left out, experts evenly split), and intervals: accuracy (pair preferences equal
    to the experts' majority), kappa (2 accuracy - 1), tau (mean over items and experts). Where two or more
    experts ranked: expert_accuracy (an expert against the majority of the others), accuracy_in_place (the judge in that expert's
    place, against the same votes) and accuracy_difference (the latter less the former, paired). Compare a judge with
    experts by these three only: a majority of all experts is steadier than one of all but one.
    """
    known = None if examples is None else {example.id for example in examples}
    ordered, abstained, left_out = usable(rankings, known=known)
    systems = sorted({system for ranking in ordered for system in ranking.order} - {EMPTY})
    own = [ranking for ranking in ordered if ranking.kind == "expert"]
    others: dict[str, list[Ranking]] = defaultdict(list)
    for ranking in ordered:
        if ranking.kind != "expert":
            others[ranking.judge].append(ranking)
    votes = as_votes(own, systems)
    settings = {"seed": seed, "resamples": resamples, "confidence": confidence}
    about = {example.id: example for example in examples or ()}
    return {
        "format": _FORMAT,
        **settings,
        "systems": systems,
        "items": {
            "ranked": len(votes.examples),
            "shared": int((votes.raters_of_item > 1).sum()),
            "judged": len({ranking.example_id for of_judge in others.values() for ranking in of_judge}),
        },
        "left_out": left_out,
        "abstentions": {
            group: _reasons(one for one in abstained if (one.kind == "expert") == (group == "experts"))
            for group in ("experts", "judges")
        },
        "experts": {
            "overall": _block(votes, settings),
            "cards": _blocks(votes, {name: example.card for name, example in about.items()}, settings),
            "languages": _blocks(
                votes, {name: example.language for name, example in about.items()}, settings
            ),
            "raters": _raters(votes, own, abstained, settings),
        },
        "judges": {
            judge: _judge(votes, judge, given, abstained, settings)
            for judge, given in sorted(_with_silent(others, abstained).items())
        },
        "between_judges": _block(as_votes(_first_repeats(others), systems), settings),
        "adjudicate": disputed(votes, own, abstained, about, adjudicate),
    }


def _block(votes: Votes, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The coefficients of a group over the items that at least two of it ranked."""
    shared = votes.of(votes.raters_of_item > 1)
    size = shared.raters_of_item
    block: dict[str, Any] = {
        "items": len(shared.examples),
        "raters": len(set(shared.rater.tolist())),
        "rankings": len(shared),
        "rater_pairs": int((size * (size - 1) // 2).sum()),
    }
    found = _intervals(coefficients(shared) if len(shared) else {}, len(shared.examples), settings)
    block |= {name: found.get(name, _UNDEFINED).json() for name in _COEFFICIENTS}
    block["kendall_w_chance"] = round(float((1 / size).mean()), 6) if len(size) else None
    return block


def _blocks(
    votes: Votes, group_of: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    groups = np.array([group_of.get(name, "") for name in votes.examples], dtype=object)
    return {name: _block(votes.of(groups == name), settings) for name in sorted(set(groups) - {""})}


def _intervals(figures: Mapping[str, Figure], items: int, settings: Mapping[str, Any]) -> dict[str, Interval]:
    if not items:
        return dict.fromkeys(figures, _UNDEFINED)
    bootstrap = _bootstrap(items, settings)
    return {name: bootstrap.interval(figure) for name, figure in figures.items()}


def _bootstrap(items: int, settings: Mapping[str, Any]) -> Bootstrap:
    return Bootstrap(
        items,
        resamples=settings["resamples"],
        confidence=settings["confidence"],
        seed=settings["seed"],
    )


def _raters(
    votes: Votes, given: Sequence[Ranking], abstained: Sequence[Ranking], settings: Mapping[str, Any]
) -> dict[str, Any]:
    shared = votes.of(votes.raters_of_item > 1)
    silent = {one.judge for one in abstained if one.kind == "expert"}
    bootstrap = _bootstrap(len(shared.examples), settings) if len(shared) else None
    rows: dict[str, Any] = {}
    for name in sorted(silent | set(votes.raters)):
        number = votes.raters.index(name) if name in votes.raters else -1
        seconds = [one.seconds for one in given if one.judge == name and one.seconds > 0]
        figures: dict[str, Figure] = {}
        if bootstrap is not None and (shared.rater == number).any():
            figures = {
                **expert_against(shared, number).figures,
                "alpha_without": alpha_figure(shared.without(number)),
            }
        rows[name] = {
            "items": int((votes.rater == number).sum()),
            "shared": int((shared.rater == number).sum()),
            **_abstained(one for one in abstained if one.kind == "expert" and one.judge == name),
            "seconds": round(float(np.median(seconds)), 3) if seconds else None,
            **{
                key: (bootstrap.interval(figures[key]) if bootstrap and key in figures else _UNDEFINED).json()
                for key in ("agreement", "kappa", "tau", "accuracy", "alpha_without")
            },
        }
    return rows


def _judge(
    experts: Votes,
    name: str,
    given: Sequence[Ranking],
    abstained: Sequence[Ranking],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    silent = [one for one in abstained if one.kind != "expert" and one.judge == name]
    own = as_votes(given, experts.systems, experts.examples)
    both = own.raters_of_item > 0
    experts, own = experts.of(both), own.of(both)
    found = judge_against(experts, own) if len(own) else None
    intervals: dict[str, Interval] = {}
    if found is not None:
        figures = found.figures
        bootstrap = _bootstrap(len(experts.examples), settings)
        intervals = {key: bootstrap.interval(figure) for key, figure in figures.items()}
        intervals["accuracy_difference"] = bootstrap.difference(
            figures["accuracy_in_place"], figures["expert_accuracy"]
        )
    return {
        "kind": next((one.kind for one in (*given, *silent)), "model"),
        "items": int(found.items.sum()) if found else 0,
        "rankings": len(given),
        **_abstained(silent),
        "pairs": found.compared if found else 0,
        "pairs_tied": found.tied if found else 0,
        "items_tied": found.items_tied if found else 0,
        **{key: intervals.get(key, _UNDEFINED).json() for key in _JUDGE},
    }


def _with_silent(
    others: Mapping[str, list[Ranking]], abstained: Iterable[Ranking]
) -> dict[str, list[Ranking]]:
    return {**{one.judge: [] for one in abstained if one.kind != "expert"}, **others}


def _first_repeats(others: Mapping[str, list[Ranking]]) -> list[Ranking]:
    first: dict[tuple[str, str], Ranking] = {}
    for given in others.values():
        for ranking in sorted(given, key=lambda one: one.repeat):
            first.setdefault((ranking.judge, ranking.example_id), ranking)
    return list(first.values())


def _reasons(abstained: Iterable[Ranking]) -> dict[str, Any]:
    counts = Counter(one.abstained or "no order" for one in abstained)
    return {"n": counts.total(), "reasons": dict(counts.most_common())}


def _abstained(abstained: Iterable[Ranking]) -> dict[str, Any]:
    found = _reasons(abstained)
    return {"abstained": found["n"], "reasons": found["reasons"]}
