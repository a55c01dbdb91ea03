"""`caibian evaluate set`: a test set drawn evenly over the cards, clean of training data, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from caibian.cli.evaluate.places import beside, split_file

_CARDS_NAMED = 8  # of those without examples; the rest are counted


def set_(
    out: Annotated[Path, typer.Option("--out", help="The folder to freeze the set in.")],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SOURCE]…",
            help="Where test examples are: run directories, folders with test.parquet, Parquet files of examples.",
        ),
    ] = None,
    per_category: Annotated[
        int, typer.Option(min=1, help="Items of each category: creation, rewriting, understanding, qa.")
    ] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 0,
    train: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN_OR_PARQUET",
            help="What the systems may have learnt from; may be repeated. That of the sources is taken by itself.",
        ),
    ] = None,
    tokens: Annotated[
        int,
        typer.Option(
            min=5, help="How many in a row an item may not share with training; words, in Chinese characters."
        ),
    ] = 13,
    worked_examples: Annotated[
        bool,
        typer.Option("--worked-examples", help="Cards without test data bring their own good example."),
    ] = False,
    cards: Annotated[
        list[Path] | None, typer.Option(help="More task cards, a YAML file or a folder; may be repeated.")
    ] = None,
) -> None:
    """Build an evaluation set: about so many items of each category, evenly over cards, languages and datasets.

    What stands in training data is left out (same input, near-duplicate, a long run of tokens), and so are
    near-duplicates inside the set. The set is frozen under a hash; set.json says what was left out and why.
    """
    from caibian.errors import InputError
    from caibian.evaluation.sets import build_set, write_set
    from caibian.progress import Progress
    from caibian.tasks import load_cards

    if not sources and not worked_examples:
        raise InputError("no SOURCE given; name a run directory, or add --worked-examples to use those alone")
    tests = [split_file(source, "test") for source in sources or ()]
    training = [path for path in map(beside, tests) if path is not None]
    training += [split_file(path, "train") for path in train or ()]
    made = build_set(
        tests,
        per_category=per_category,
        seed=seed,
        training=training,
        tokens=tokens,
        use_worked_examples=worked_examples,
        cards=load_cards(*cards or ()),
        progress=Progress(),
    )
    write_set(out, made)
    _print(made.manifest, per_category)
    typer.echo(f"{len(made.examples):,} items, SHA-256 {made.sha256[:16]}…: {out}")


def _print(manifest: Mapping[str, Any], wanted: int) -> None:
    """Each category: how many of how many, and where some are missing, why."""
    counts = manifest["counts"]
    for category, count in counts["categories"].items():
        typer.echo(f"{category:14}{count:>5,} of {wanted:,}")
        if short := manifest["shortages"].get(category):
            reasons = [
                f"{reason.replace('_', ' ')} {number:,}" for reason, number in short["left_out"].items()
            ]
            if without := short["cards_without_examples"]:
                more = f" and {len(without) - _CARDS_NAMED} more" if len(without) > _CARDS_NAMED else ""
                named = ", ".join(without[:_CARDS_NAMED])
                reasons.append(f"no examples of {len(without)} of {short['cards']} cards: {named}{more}")
            typer.echo(
                f"{'':14}{short['missing']:>5,} missing: {'; '.join(reasons) or 'the sources hold no more'}"
            )
    for what in ("languages", "datasets"):
        typer.echo(f"{what}: " + ", ".join(f"{name} {count:,}" for name, count in counts[what].items()))
    if manifest["dropped"]:
        dropped = ", ".join(
            f"{reason.replace('_', ' ')} {count:,}" for reason, count in manifest["dropped"].items()
        )
        typer.echo(f"left out: {dropped}")
    if not manifest["training"]:
        typer.echo("not compared with any training data; name it with --train")
