"""The instructions stage: articles with a split and labelled datasets in, `train.parquet` and the held-out files out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from caibian.errors import EmptyResult, InputError
from caibian.instructions import select, writing
from caibian.instructions.build import draft
from caibian.instructions.config import CardSettings, InstructionsConfig
from caibian.instructions.labelled import build as labelled
from caibian.instructions.mix import MixSettings, places
from caibian.instructions.pool import read_pool
from caibian.instructions.story import Draft, Story
from caibian.instructions.summary import card_metrics
from caibian.progress import Context, Task
from caibian.records import (
    SPLITS,
    Article,
    Example,
    Report,
    from_table,
    read_parquet,
    to_table,
    write_parquet,
)
from caibian.tasks import TaskCard, card, instruction, variants

# Labels to look at per label kept, before balancing: enough to meet the scarce ones of a usual archive.
_DRAFTS_PER_BALANCED_EXAMPLE = 4


@dataclass
class CardResult:
    """What one card's articles became: drafts, then examples, and the count of each reason for the rest."""

    card: TaskCard
    settings: CardSettings
    drafts: list[Draft] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)  # split/label -> examples
    dropped: Counter[str] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)  # split -> drafts
    _seen: set[str] = field(default_factory=set)

    def full(self, split: str) -> bool:
        """Whether a split has all the drafts that its limit can use."""
        limit = self.settings.max_per_split.model_dump()[split]
        if limit is None:
            return False
        if (
            split == "train"
            and self.card.output.kind == "label"
            and self.settings.balance not in ("none", 1.0)
        ):
            limit *= _DRAFTS_PER_BALANCED_EXAMPLE
        return self._counts[split] >= int(limit)

    def add(self, made: Draft) -> None:
        """Keep a draft, unless its input or its headline or lead is there already."""
        keys = select.keys(made)
        if self._seen & keys:
            self.dropped["repeated"] += 1
            return
        self._seen |= keys
        self.drafts.append(made)
        self._counts[str(made.article.split)] += 1


def run(config: InstructionsConfig, inputs: Mapping[str, Path], out: Path, context: Context) -> Report:
    """Build the examples of every card from the corpus stage's articles, and those of every dataset from its file.

    From articles: the published headline, lead or label is the output; it is removed from the input wherever it stands,
    and an example whose input still holds it is refused. Every (article, card) pair, and every row of a dataset, that
    gives no example is counted under `card: reason` or `dataset: reason`. The result depends on nothing but the
    articles, the files, the settings and the seed.

    Raises:
        EmptyResult: a card or dataset has fewer than `min_examples` training examples; the message names what took them.
        InputError: there are no articles, or one has no split; a dataset's file is unreadable or lacks a column.
        ConfigError: a dataset card and its task card do not fit.
    """
    seed = context.seed if config.seed is None else config.seed
    articles, results, misplaced = _from_articles(config, inputs, seed, context)
    built: list[labelled.Built] = []
    if config.datasets:
        with context.progress.task("Reading datasets", total=len(config.datasets)) as task:
            pool = read_pool(config.pool) if config.pool else None
            built = labelled.build(config.datasets, seed=seed, wording=config.wording, pool=pool, task=task)
    _check_enough(results, built, config)
    examples = [example for result in results for example in result.examples]
    added, not_added = _augmented(config, examples, built, seed, context)
    examples += added
    if config.datasets or config.mix:
        tables = [one.table for one in built]
        if examples:
            tables.append(to_table(examples, Example))
        general = frozenset(one.id for one in config.datasets if one.general)
        artefacts = _write_mixed(writing.joined(tables), config.mix or MixSettings(), general, seed, out)
    else:
        artefacts = {}
        for split in SPLITS:
            rows = sorted((e for e in examples if e.split == split), key=lambda e: select.rank(seed, e.id))
            write_parquet(out / f"{split}.parquet", to_table(rows, Example))
            artefacts[split] = f"{split}.parquet"
    return Report(
        stage="instructions",
        rows_in=articles * len(results) + sum(one.read for one in built),
        rows_out=len(examples) + sum(one.table.num_rows for one in built),
        dropped=_dropped(results, built),  # what augmentation refused was never a row
        metrics={
            "articles": articles,
            "cards": {
                result.card.id: card_metrics(result.card, result.examples, result.dropped, result.labels)
                for result in results
            },
            "datasets": [one.figures for one in built],
            "augmented": {"added": len(added), "refused": dict(not_added.most_common())},
        },
        artefacts=artefacts,
        notes=_notes(results, misplaced),
        seed=seed,
    )


def _from_articles(
    config: InstructionsConfig, inputs: Mapping[str, Path], seed: int, context: Context
) -> tuple[int, list[CardResult], set[str]]:
    """How many articles there are, what each card made of them, and the articles on a losing side of the split."""
    if not config.tasks:
        return 0, [], set()
    folder = inputs["corpus"] / "articles"
    articles = read_parquet(folder, Article)
    _check_articles(articles, folder)
    articles = select.drawn(articles, seed)
    misplaced = select.misplaced(articles, config.title_similarity)
    results = [CardResult(card(settings.id), settings) for settings in config.tasks]
    with context.progress.task("Building examples", total=len(articles)) as task:
        _draft_all(articles, results, config, misplaced, task)
    for result in results:
        _choose(result, config, seed)
    return len(articles), results, misplaced


def _augmented(
    config: InstructionsConfig,
    examples: Sequence[Example],
    built: Sequence[labelled.Built],
    seed: int,
    context: Context,
) -> tuple[list[Example], Counter[str]]:
    """More training examples as the settings ask for them, and what was refused, by `way: reason`."""
    if not config.augment.methods:
        return [], Counter()
    from caibian.instructions.augment.run import augment
    from caibian.models import open_model

    whole = [*examples]
    if built:
        table = writing.as_examples(writing.joined([one.table for one in built]))
        whole += from_table(table, Example)
    model = open_model(config.augment_model or context.model) if config.augment.needs_model else None
    try:
        return augment(whole, config.augment, seed, model)
    finally:
        if model is not None:
            model.close()


def _write_mixed(
    table: pa.Table, mix: MixSettings, general: frozenset[str], seed: int, out: Path
) -> dict[str, str]:
    """Write each split's examples: those of training as the mixture has them, the others shuffled."""
    artefacts = {}
    split = writing.plain(table["split"])
    for name in (*SPLITS, "extra"):
        own = table.filter(pc.equal(split, name))
        if name == "extra" and not own.num_rows:
            continue
        settings = mix if name == "train" else MixSettings()
        chosen = places(own, settings, seed, general if name == "train" else frozenset())
        writing.write_examples(out / f"{name}.parquet", own, chosen)
        artefacts[name] = f"{name}.parquet"
    return artefacts


def _dropped(results: Sequence[CardResult], built: Sequence[labelled.Built]) -> dict[str, int]:
    found = {f"{r.card.id}: {reason}": n for r in results for reason, n in r.dropped.most_common()}
    for one in built:
        found |= {
            f"{one.figures['dataset']}: {reason}": n
            for reason, n in one.figures["dropped"].items()
            if ":" not in reason  # unknown labels by name are counted as unknown labels already
        }
    return found


def _draft_all(
    articles: Sequence[Article],
    results: Sequence[CardResult],
    config: InstructionsConfig,
    misplaced: set[str],
    task: Task,
) -> None:
    """Draft every card's example of every article, in drawn order, until the card's limit for the split is reached; an
    article is read and cleaned once for all cards."""
    for article in articles:
        task.advance()
        story = Story(article)
        split = str(article.split)
        for result in results:
            if article.id in misplaced:
                result.dropped["story_in_two_splits"] += 1
                continue
            if result.full(split):
                result.dropped["limit_reached"] += 1
                continue
            made = draft(story, result.card, result.settings, config)
            if isinstance(made, str):
                result.dropped[made] += 1
            else:
                result.add(made)


def _choose(result: CardResult, config: InstructionsConfig, seed: int) -> None:
    """Turn a card's drafts into its examples: labels and numbers balanced in training, limits kept."""
    limits = result.settings.max_per_split.model_dump()
    for split in SPLITS:
        of_split = [one for one in result.drafts if one.article.split == split]
        training = split == "train"
        if result.card.output.kind == "label":
            chosen = select.balanced(of_split, result.settings.balance if training else "none", limits[split])
        else:
            share = result.settings.lessons.number_share if training else None
            chosen = select.with_numbers(of_split, share, limits[split])
        result.dropped["left_out_for_balance"] += len(of_split) - len(chosen)
        result.labels.update(f"{split}/{one.label}" for one in chosen if one.label)
        result.examples += [_example(one, result.card, config, seed) for one in chosen]
    result.dropped = +result.dropped


def _example(one: Draft, of: TaskCard, config: InstructionsConfig, seed: int) -> Example:
    """The draft with its instruction: in training one of the card's wordings, drawn by seed and id; else the first."""
    identity = f"{of.id}/{one.article.id}"
    training = one.article.split == "train"
    variant = select.rank(seed, identity) % variants(of, one.language) if training else 0
    return Example(
        id=identity,
        instruction=instruction(of, one.language, variant),
        input=one.input,
        output=one.output,
        card=of.id,
        dataset=config.dataset or one.article.source or "articles",
        language=one.language,
        split=str(one.article.split),
        source_ids=(one.article.id,),
        source_text=one.source_text,
    )


def _check_articles(articles: Sequence[Article], folder: Path) -> None:
    if not articles:
        raise InputError(f"{folder}: no articles; run the corpus stage first")
    for article in articles:
        if article.split not in SPLITS:
            raise InputError(
                f"{folder}: article {article.id}: split is {article.split!r}, not one of {', '.join(SPLITS)}; "
                "run the corpus stage again"
            )


def _check_enough(
    results: Sequence[CardResult], built: Sequence[labelled.Built], config: InstructionsConfig
) -> None:
    made = [
        (f"card {r.card.id}", sum(example.split == "train" for example in r.examples), r.dropped)
        for r in results
    ]
    made += [
        (
            f"dataset {one.figures['dataset']}",
            one.figures["examples"]["train"],
            Counter(one.figures["dropped"]),
        )
        for one in built
    ]
    for what, count, dropped in made:
        if count < config.min_examples:
            took = ", ".join(f"{reason} {k}" for reason, k in dropped.most_common(5)) or "nothing was there"
            raise EmptyResult(
                f"instructions: {what} has {count} training examples, at least {config.min_examples} "
                f"are wanted (instructions.min_examples); taken by: {took}"
            )


def _notes(results: Sequence[CardResult], misplaced: set[str]) -> list[str]:
    notes = []
    if misplaced:
        notes.append(
            f"{len(misplaced)} articles stood on a losing side of the split beside a near-duplicate and were left out."
        )
    for result in results:
        notes += [
            f"The card {result.card.id} has no {split} examples."
            for split in ("validation", "test")
            if not any(example.split == split for example in result.examples)
        ]
    return notes
