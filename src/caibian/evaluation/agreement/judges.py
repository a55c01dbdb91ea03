"""How far one rater agrees with the experts: a judge with all of them, an expert with all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.agreement.figures import pair_figures
from caibian.evaluation.agreement.votes import Floats, Ints, Votes, blocks, concordant, per_item
from caibian.evaluation.bootstrap import Figure, ratio


@dataclass(frozen=True)
class Against:
    """Figures of one rater against experts, over the experts' items."""

    figures: dict[str, Figure]
    items: NDArray[np.bool_]  # on which rater and experts can be compared
    compared: int  # preferences held against a majority
    tied: int  # preferences left out, for the experts were split evenly
    items_tied: int  # items with at least one such


def judge_against(experts: Votes, judge: Votes) -> Against:
    """A judge's preferences against the experts' majority, and its orders against each expert's.

    Both have the same items and systems. Repeats of one item weigh together as much as one.
    """
    items = len(experts.examples)
    weight = 1 / np.maximum(judge.raters_of_item, 1)[judge.item]
    size = experts.raters_of_item
    start = np.cumsum(size) - size
    number = size[judge.item]
    left = np.repeat(np.arange(len(judge)), number)
    right = start[judge.item[left]] + np.arange(len(left)) - np.repeat(np.cumsum(number) - number, number)
    signed, both = concordant(judge, left, experts, right)
    tau = pair_figures(judge.item[left], signed, both, items, weight[left])["tau"]
    lead, voters = _support(experts)
    beside = _in_an_experts_place(experts, judge, left, right, weight)
    return _against({"tau": tau, **beside}, judge, lead[judge.item], voters[judge.item], weight)


def _in_an_experts_place(
    experts: Votes, judge: Votes, left: Ints, right: Ints, weight: Floats
) -> dict[str, Figure]:
    """Each expert, and the judge in that expert's place, against the majority of the other experts.

    Both are held against the same votes: a majority of all experts is steadier than one of all but one, so that a
    judge measured by the former would look better than an expert measured by the latter.
    """
    lead, _ = _support(experts)
    shape = (3, len(left))
    judges, own, compared = np.zeros(shape)
    for rows in blocks(len(left), lead.shape[1]):
        said, expert = judge.preferred[left[rows]], experts.preferred[right[rows]]
        majority = np.sign(lead[judge.item[left[rows]]] - expert)
        counted = (majority != 0) & (said != 0) & (expert != 0)
        judges[rows] = (counted & (majority == said)).sum(axis=1)
        own[rows] = (counted & (majority == expert)).sum(axis=1)
        compared[rows] = counted.sum(axis=1)

    def total(values: Floats) -> Floats:
        return per_item(judge.item[left], values * weight[left], len(experts.examples))

    return {
        "accuracy_in_place": ratio(total(judges), total(compared)),
        "expert_accuracy": ratio(total(own), total(compared)),
    }


def expert_against(experts: Votes, rater: int) -> Against:
    """An expert against the other experts: each of them in turn, and the majority of them."""
    left, right = experts.pairs
    mine = (experts.rater[left] == rater) | (experts.rater[right] == rater)
    left, right = left[mine], right[mine]
    signed, both = concordant(experts, left, experts, right)
    figures = pair_figures(experts.item[left], signed, both, len(experts.examples))
    own = experts.rater == rater
    lead, voters = _support(experts)
    preferred = experts.preferred[own]
    votes = Votes(
        experts.examples,
        experts.raters,
        experts.systems,
        experts.item[own],
        experts.rater[own],
        experts.places[own],
    )
    weight = np.ones(len(votes))
    others = voters[votes.item] - np.abs(preferred)
    return _against(figures, votes, lead[votes.item] - preferred, others, weight, kappa=False)


def _support(experts: Votes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(items, pairs of systems): by how many votes the first leads the second, and how many votes there are."""
    shape = (len(experts.examples), experts.preferred.shape[1])
    lead, voters = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    np.add.at(lead, experts.item, experts.preferred)
    np.add.at(voters, experts.item, np.abs(experts.preferred))
    return lead, voters


def _against(
    figures: dict[str, Figure],
    rater: Votes,
    lead: NDArray[np.int32],
    voters: NDArray[np.int32],
    weight: Floats,
    *,
    kappa: bool = True,
) -> Against:
    """Figures of a rater's preferences against a majority; `lead` and `voters` stand beside the rater's rows."""
    items = len(rater.examples)
    said = rater.preferred != 0
    decided = said & (lead != 0)
    tied = said & (lead == 0) & (voters > 0)
    right = (decided & (np.sign(lead) == rater.preferred)).sum(axis=1)

    def total(values: Ints) -> Floats:
        return per_item(rater.item, values * weight, items)

    hits, all_of_them = total(right), total(decided.sum(axis=1))
    figures = {**figures, "accuracy": ratio(hits, all_of_them)}
    if kappa:
        figures["kappa"] = ratio(2 * hits - all_of_them, all_of_them)
    ties = per_item(rater.item, tied.sum(axis=1), items)
    return Against(
        figures,
        per_item(rater.item, (said & (voters > 0)).sum(axis=1), items) > 0,
        int(decided.sum()),
        int(tied.sum()),
        int((ties > 0).sum()),
    )
