"""The audit of a folder of examples, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.instructions.audit import checked, leakage
from caibian.instructions.audit.columns import Columns, read_columns
from caibian.instructions.audit.counts import counts
from caibian.instructions.audit.duplicates import duplicates
from caibian.instructions.audit.findings import findings
from caibian.instructions.audit.labels import label_balance
from caibian.instructions.audit.leak_pairs import to_read
from caibian.instructions.audit.lengths import lengths
from caibian.instructions.audit.likeness import find_alike
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import known_card
from caibian.instructions.audit.wordings import wordings
from caibian.instructions.labelled.rows import TEST, TRAIN
from caibian.progress import Progress

SAMPLES = 5  # examples of each card to read


def audit(
    folder: Path,
    *,
    seed: int = 0,
    samples: int = SAMPLES,
    checks: int = checked.CHECKED,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What a folder's examples are made of and what is wrong with them, as JSON values.

    Peak memory goes by the number of examples (about 0.7 KB each), not by their length. The result depends on the files,
    the cards and the seed alone.

    Args:
        folder: holds train.parquet and, where they were built, validation, test and extra.parquet.
        seed: of everything drawn: what is checked, what is read.
        samples: examples of each card to read.
        checks: training examples, and held-out ones, of each card whose outputs are put to their card's checks.

    Raises:
        InputError: there is no train.parquet, or a file is not one of examples.
    """
    progress = progress or Progress("silent")
    examples = Examples(folder)
    with progress.task("Reading examples", total=len(examples)) as task:
        columns = read_columns(examples, task)
    with progress.task("Looking for near-duplicates", total=len(examples)) as task:
        alike = find_alike(examples, columns, task)
    with progress.task("Looking for leaks") as task:
        found = leakage.find_leaks(examples, columns, alike, task)
    leaks = found[TRAIN, TEST]
    with progress.task("Running checks") as task:
        verdicts, shown = checked.check(examples, columns, seed, samples=samples, checked=checks, task=task)
    whole = {
        "drawn": {"seed": seed, "samples": samples, "checks": checks},
        "counts": counts(examples, columns),
        "names": _names(columns),
        "lengths": lengths(columns),
        "labels": label_balance(examples),
        "duplicates": duplicates(columns, alike),
        "leakage": {
            **leakage.figures(columns, alike, found),
            "examples": to_read(examples, columns, alike, leaks, seed),
        },
        "wordings": wordings(examples, columns, seed),
        "checks": verdicts,
        "samples": shown,
    }
    return {**whole, "findings": findings(whole)}


def _names(columns: Columns) -> dict[str, dict[str, dict[str, str]]]:
    """What people call the cards and datasets, where the package knows them."""
    from caibian.datasets.card import packaged

    cards = {name: known_card(name) for name in columns.cards}
    datasets = packaged()
    return {
        "cards": {name: {"zh": one.name.zh, "en": one.name.en} for name, one in cards.items() if one},
        "datasets": {name: datasets[name].name for name in columns.datasets if name in datasets},
    }
