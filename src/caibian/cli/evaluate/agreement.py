"""`caibian evaluate agreement`: how far experts agree with each other, and judges with experts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def agreement(
    comparison: Annotated[
        Path,
        typer.Argument(help="The folder of a comparison with rankings of experts, of judges or of both."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default agreement.json in the folder.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=100, help="Of the bootstrap, over items.")] = 1000,
    adjudicate: Annotated[int, typer.Option(min=0, help="Items of highest disagreement to list.")] = 20,
) -> None:
    """Measure agreement: Krippendorff's alpha, Kendall's W and tau, kappa over pairs, with intervals.

    Experts among themselves, overall, by card and language; each expert against the others; each judge against the
    experts; and the items of highest disagreement, to be decided by hand.
    """
    from caibian.errors import EmptyResult
    from caibian.evaluation.agreement import agreement_report
    from caibian.evaluation.agreement.console import print_agreement
    from caibian.evaluation.comparison import read_comparison, read_rankings
    from caibian.files import write_json

    found = read_comparison(comparison)
    rankings = read_rankings(comparison)
    if not rankings:
        raise EmptyResult(
            f"{comparison}: nobody has ranked yet; have experts rank (caibian panel) or judges (caibian evaluate judge)"
        )
    report = agreement_report(rankings, found.examples, seed=seed, resamples=resamples, adjudicate=adjudicate)
    target = out or comparison / "agreement.json"
    write_json(target, report)
    print_agreement(report)
    typer.echo(target)
