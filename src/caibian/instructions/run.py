"""The instructions stage: articles with a split in, `train.parquet`, `validation.parquet` and `test.parquet` out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from caibian.errors import EmptyResult, InputError
from caibian.instructions import select
from caibian.instructions.build import Draft, Story, draft
from caibian.instructions.config import CardSettings, InstructionsConfig
from caibian.instructions.summary import card_metrics
from caibian.progress import Context, Task
from caibian.records import (
    SPLITS,
    Article,
    Example,
    Report,
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
    """Build the examples of every card from the corpus stage's articles.

    The published headline, lead or label is the output; it is removed from the input wherever it stands, and an
    example whose input still holds it is refused. Every (article, card) pair that gives no example is counted under
    `card: reason`. The result depends on nothing but the articles, the settings and the seed.

    Raises:
        EmptyResult: a card has fewer than `min_examples` training examples; the message names what took them.
        InputError: there are no articles, or one has no split.
    """
    seed = context.seed if config.seed is None else config.seed
    folder = inputs["corpus"] / "articles"
    articles = read_parquet(folder, Article)
    _check_articles(articles, folder)
    articles = select.drawn(articles, seed)
    misplaced = select.misplaced(articles, config.title_similarity)
    results = [CardResult(card(settings.id), settings) for settings in config.cards]
    with context.progress.task("Building examples", total=len(articles)) as task:
        _draft_all(articles, results, config, misplaced, task)
    for result in results:
        _choose(result, config, seed)
    _check_enough(results, config)
    examples = [example for result in results for example in result.examples]
    artefacts = {}
    for split in SPLITS:
        path = out / f"{split}.parquet"
        rows = sorted((e for e in examples if e.split == split), key=lambda e: select.rank(seed, e.id))
        write_parquet(path, to_table(rows, Example))
        artefacts[split] = path.name
    return Report(
        stage="instructions",
        rows_in=len(articles) * len(config.cards),
        rows_out=len(examples),
        dropped={
            f"{result.card.id}: {reason}": count
            for result in results
            for reason, count in result.dropped.most_common()
        },
        metrics={
            "articles": len(articles),
            "cards": {
                result.card.id: card_metrics(result.card, result.examples, result.dropped, result.labels)
                for result in results
            },
        },
        artefacts=artefacts,
        notes=_notes(results, misplaced),
        seed=seed,
    )


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


def _check_enough(results: Sequence[CardResult], config: InstructionsConfig) -> None:
    for result in results:
        count = sum(example.split == "train" for example in result.examples)
        if count < config.min_examples:
            took = (
                ", ".join(f"{reason} {k}" for reason, k in result.dropped.most_common(5))
                or "nothing was there"
            )
            raise EmptyResult(
                f"instructions: card {result.card.id} has {count} training examples, at least {config.min_examples} "
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
