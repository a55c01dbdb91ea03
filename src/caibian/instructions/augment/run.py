"""`augment`: more training examples out of few, by the ways that are on."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from caibian.errors import ConfigError
from caibian.instructions.augment.admission import Admission
from caibian.instructions.augment.config import METHODS, MODEL_METHODS, AugmentSettings
from caibian.instructions.augment.entities import with_other_entities
from caibian.instructions.augment.jobs import Job, Refused
from caibian.instructions.augment.noise import noisy
from caibian.instructions.augment.rewriting import Result, back_translated, paraphrased
from caibian.instructions.augment.synonyms import with_synonyms
from caibian.instructions.select import rank
from caibian.models.chat import ChatModel
from caibian.progress import Task
from caibian.records import Example
from caibian.tasks import TaskCard, load_cards

_RANKS = 2**64  # `rank` gives whole numbers below it
_MADE = re.compile(rf"#(?:{'|'.join(METHODS)})\d+$")
_REWORDING = (*MODEL_METHODS, "synonyms")

Settings = TypeVar("Settings")
Way = Callable[[Sequence[Job]], Iterable[Result]]


def augment(
    examples: Sequence[Example],
    settings: AugmentSettings,
    seed: int,
    model: ChatModel | None = None,
    *,
    cards: Mapping[str, TaskCard] | None = None,
    task: Task | None = None,
) -> tuple[list[Example], Counter[str]]:
    """New training examples made of those of the split `train`, and what was dropped, as `way: reason`.

    Validation and test are never changed nor added to, and nothing is made that reads like one of their inputs;
    examples that this function made before are left alone. A new example keeps card, dataset, language, labels and
    sources of the old one; its id is the old one with `#noise1` (way and number of the copy). It is dropped unless all
    checks of its card pass and its answer rests on its input as the old one's did.

    The result depends on nothing but the examples, the settings, the seed and what the model says.

    Args:
        model: asked for paraphrases and back-translations.
        cards: task cards by id; the packaged ones by default.
        task: counts the copies that were tried.

    Raises:
        ConfigError: a way that is on needs a model, and there is none.
    """
    ways = _ways(settings, model, seed)
    known = load_cards() if cards is None else cards
    chosen = _chosen(examples, settings)
    admission = Admission(examples)
    made: list[Example] = []
    dropped: Counter[str] = Counter()
    for method, way in ways.items():
        jobs: list[Job] = []
        for one, copy in _copies(chosen, method, settings, seed):
            if one.card not in known:
                dropped[f"{method}: unknown_card"] += 1
            elif method in _REWORDING and one.card in settings.wording_cards:
                dropped[f"{method}: wording_matters"] += 1
            else:
                jobs.append(Job(one, known[one.card], copy, rank(seed, f"{method}{copy}/{one.id}")))
        for job, result in zip(jobs, way(jobs), strict=True):
            refusal = str(result) if isinstance(result, Refused) else admission.refusal(job, result)
            if isinstance(result, Example) and refusal is None:
                made.append(dataclasses.replace(result, id=f"{job.example.id}#{method}{job.copy}"))
            else:
                dropped[f"{method}: {refusal}"] += 1
            if task is not None:
                task.advance()
    return made, dropped


def _ways(settings: AugmentSettings, model: ChatModel | None, seed: int) -> dict[str, Way]:
    """The ways that are on: each takes jobs, and gives an example or a refusal for each."""
    on = settings.methods
    ways: dict[str, Way] = {
        "synonyms": partial(_each, with_synonyms, settings.synonyms),
        "entities": partial(_each, with_other_entities, settings.entities),
        "noise": partial(_each, noisy, settings.noise),
    }
    if model is not None:
        ways["paraphrase"] = partial(paraphrased, settings=settings.paraphrase, model=model, seed=seed)
        ways["back_translation"] = partial(
            back_translated, settings=settings.back_translation, model=model, seed=seed
        )
    if lacking := [method for method in on if method not in ways]:
        raise ConfigError(f"augment.{lacking[0]}.times: needs a model; name one, or set it to 0")
    return {method: ways[method] for method in on}


def _each(
    make: Callable[[Job, Settings], Example], settings: Settings, jobs: Sequence[Job]
) -> Iterator[Result]:
    for job in jobs:
        try:
            yield make(job, settings)
        except Refused as reason:
            yield reason


def _chosen(examples: Sequence[Example], settings: AugmentSettings) -> list[Example]:
    """The training examples that are not made ones, of the cards and the scarce datasets that are asked for."""
    training = [one for one in examples if one.split == "train" and not _MADE.search(one.id)]
    counts = Counter((one.card, one.dataset) for one in training)
    return [
        one
        for one in training
        if (settings.cards is None or one.card in settings.cards)
        and (settings.only_below is None or counts[one.card, one.dataset] < settings.only_below)
    ]


def _copies(
    examples: Sequence[Example], method: str, settings: AugmentSettings, seed: int
) -> Iterator[tuple[Example, int]]:
    """Each example with the numbers of its copies; whether a share of a copy makes one is drawn by seed and id."""
    whole, share = divmod(settings.amount(method).times, 1)
    for one in examples:
        drawn = rank(seed, f"{method}/{one.id}") < share * _RANKS
        for copy in range(1, int(whole) + int(drawn) + 1):
            yield one, copy
