"""`caibian run RECIPE`."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.pipeline.plan import Plan, Step
    from caibian.pipeline.rundir import RunDirectory

_STATES = {"done": "done", "resume": "goes on", "todo": "to do", "again": "again"}


def run(
    recipe: Annotated[str, typer.Argument(help="A recipe file, or the name of a shipped recipe.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None,
    from_stage: Annotated[
        str | None, typer.Option("--from", metavar="STAGE", help="Do this stage and all after it again.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show which stages are done or to do, and why; change nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Accept the licences of weights and data that are fetched.")
    ] = False,
    runs_dir: Annotated[Path, typer.Option(help="Where run directories are kept.")] = Path("runs"),
) -> None:
    """Run a recipe: corpus, instructions, training, evaluation, export, report page.

    Interrupted at any moment, the same command goes on where it stopped.
    """
    from caibian import pipeline
    from caibian.pipeline import plan as planning
    from caibian.pipeline.run import run as run_recipe

    loaded = pipeline.load(recipe, overrides or ())
    if dry_run:
        _print_plan(planning.make(loaded, runs_dir.resolve(), from_stage))
        return
    started = time.monotonic()
    command = shlex.join(["caibian", *sys.argv[1:]])
    try:
        directory = run_recipe(
            loaded,
            runs_dir,
            from_stage=from_stage,
            accept_licences=yes,
            on_step=_announce,
            command=command,
        )
    except KeyboardInterrupt:
        typer.echo(
            f"\nStopped. What was finished is kept; the same command{_without_from(from_stage)} goes on from here.",
            err=True,
        )
        raise typer.Exit(130) from None
    _conclude(directory, runs_dir / loaded.name, time.monotonic() - started)


def _without_from(from_stage: str | None) -> str:
    return " without --from" if from_stage else ""


def _announce(step: Step, position: int, total: int) -> None:
    why = f" ({'; '.join(step.why)})" if step.why and step.state != "todo" else ""
    state = "begins" if step.state == "todo" else _STATES[step.state]
    typer.echo(f"[{position}/{total}] {step.stage.name}: {state}{why}", err=True)


def _print_plan(plan: Plan) -> None:
    """The plan as plain columns: state, folder, reason."""
    typer.echo(f"{plan.directory.path}:")
    if plan.missing_weights:
        typer.echo(f"  the weights {plan.missing_weights} are not on this machine; they are fetched first")
    for step in plan.steps:
        folder = "" if plan.missing_weights and step.stage.uses_model else step.folder.name
        why = "; ".join(step.why)
        typer.echo(f"  {_STATES[step.state]:8} {step.stage.name:13} {folder:40} {why}".rstrip())
    planned = {step.folder for step in plan.steps}
    if old := [folder for folder in plan.directory.old() if folder not in planned]:
        typer.echo(f"  {len(old)} folders of earlier settings are kept: caibian runs list")


def _conclude(directory: RunDirectory, shown: Path, seconds: float) -> None:
    """Say what came out, where the page is, and what to do next."""
    folders = directory.current()
    table = folders["evaluation"] / "table.json" if "evaluation" in folders else None
    if table is not None and table.exists():
        from caibian.evaluation import console

        console.print_table(json.loads(table.read_text(encoding="utf-8")))
    typer.echo(f"\nDone in {seconds / 60:.1f} min. Report: {shown / 'report.html'}")
    if "export" in folders:
        typer.echo(f"Next:  caibian chat {shown}\n       caibian serve {shown}")
