"""`caibian evaluate judge`: put the answers of a comparison in order, by models and by rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from caibian.evaluation.judging.ask import Ballot
    from caibian.evaluation.judging.config import JudgeConfig
    from caibian.progress import Progress


def judge(
    comparison: Annotated[Path, typer.Argument(help="Folder of a comparison (caibian evaluate answer).")],
    judges: Annotated[
        list[str],
        typer.Option(
            "--judge",
            help="A model ([NAME=]MODEL[+ADAPTER] or a server's URL#MODEL), or a rule: `reference` (likeness to the "
            "published text) or `checks` (automatic checks and facts). Repeatable.",
        ),
    ],
    repeats: Annotated[
        int, typer.Option(min=1, max=20, help="Askings of each item; every second one is reversed.")
    ] = 2,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Show the published text to the models.")
    ] = False,
    systems: Annotated[str | None, typer.Option(help="Rank only these systems: NAME,NAME,…")] = None,
    own: Annotated[
        list[str] | None,
        typer.Option(
            help="[JUDGE=]SYSTEM: the system that a judge is itself; found by its weights otherwise."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of seats, draws and intervals.")] = 0,
    backend: Annotated[
        str | None, typer.Option(help="For local weights: transformers (many at once) or llama.cpp.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions to a server at a time.")] = 8,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema/--no-schema", help="Hold verdicts to a JSON schema; off where a server knows none."
        ),
    ] = True,
    empty: Annotated[bool, typer.Option("--empty/--no-empty", help="Seat an empty answer first.")] = True,
    answer_chars: Annotated[
        int, typer.Option(min=100, help="Longest part of an answer that is shown.")
    ] = 4000,
    max_tokens: Annotated[int, typer.Option(min=32, help="Longest verdict.")] = 400,
    price_in: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens read.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens written.")] = None,
    currency: Annotated[str, typer.Option(help="Of the prices.")] = "USD",
) -> None:
    """Have judges rank the answers, blind and in changing order, and measure how far each judge can be trusted.

    Interrupted or refused by a server at any moment, the same command asks only for the verdicts that are missing.
    """
    from caibian.evaluation.judging.config import JudgeConfig
    from caibian.evaluation.judging.console import print_judging
    from caibian.evaluation.judging.examining import examine_all
    from caibian.evaluation.judging.rankers import RANKERS
    from caibian.evaluation.judging.run import rule
    from caibian.evaluation.systems import parse_judge
    from caibian.models.openai_client import Prices
    from caibian.progress import Progress

    progress = Progress()
    config = JudgeConfig(
        repeats=repeats, reference=reference, empty=empty, json_schema=schema, answer_chars=answer_chars,
        max_tokens=max_tokens, seed=seed,
    )  # fmt: skip
    wanted = [name.strip() for name in (systems or "").split(",") if name.strip()]
    priced = price_in is not None or price_out is not None
    prices = Prices(price_in or 0.0, price_out or 0.0, currency) if priced else None
    models = [parse_judge(text) for text in judges if text not in RANKERS]
    owned = _owned(own or [], [model.name or model.model for model in models])
    failed = 0
    try:
        for name in judges:
            if name in RANKERS:
                rule(comparison, name, seed, wanted, progress)
        for model in models:
            settings: dict[str, Any] = {"concurrency": concurrency, "cache": False} if model.remote else {}
            settings |= {"prices": prices} if prices and model.remote else {}
            own_system = owned.get(model.name or model.model)
            failed += _vote(
                comparison, model, backend, settings, config, wanted, own_system, prices, progress
            )
        found = examine_all(comparison, seed, progress)
    except KeyboardInterrupt:
        typer.echo("\nStopped. Every verdict so far is kept; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    print_judging(found)
    typer.echo(f"{comparison / 'judging.json'}")
    if failed:
        raise typer.Exit(1)


def _vote(
    comparison: Path, model: Any, backend: str | None, settings: dict[str, Any], config: JudgeConfig,
    wanted: list[str], own: str | None, prices: Any, progress: Progress,
) -> int:  # fmt: skip
    """Have one model vote; returns how many verdicts are still missing."""
    from caibian.evaluation.judging.run import Judge, judge
    from caibian.evaluation.systems import identity, open_system

    known = identity(model, backend)
    with open_system(model, backend, **settings) as opened:
        one = Judge(opened, model.name, known, own, prices)
        ballot = judge(comparison, one, config, wanted, progress)
    _say_missing(ballot)
    return ballot.unanswered


def _say_missing(ballot: Ballot) -> None:
    if ballot.unanswered:
        reasons = "; ".join(f"{count} × {reason}" for reason, count in ballot.failures.most_common(3))
        typer.echo(
            f"{ballot.judge}: {ballot.unanswered} questions have no verdict yet ({reasons}). Those given are kept; the "
            "same command asks only for the rest.",
            err=True,
        )


def _owned(given: list[str], judges: list[str]) -> dict[str, str]:
    """Judge -> the system that it is, from `--own`."""
    from caibian.errors import ConfigError

    found = {}
    for text in given:
        judge, equals, system = text.rpartition("=")
        if not equals and len(judges) != 1:
            raise ConfigError(f"--own: with {len(judges)} models as judges say whose it is: JUDGE={text}")
        if equals and judge not in judges:
            raise ConfigError(f"--own: no judge {judge!r} here; there are: {', '.join(judges)}")
        found[judge or judges[0]] = system
    return found
