"""Running a recipe: each stage without its marker in turn, then the report page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from caibian.errors import CaibianError
from caibian.files import write_json, write_text
from caibian.pipeline import plan as planning
from caibian.pipeline import rundir, worker
from caibian.pipeline.plan import Plan, Step
from caibian.pipeline.recipe import Recipe
from caibian.pipeline.rundir import RunDirectory
from caibian.pipeline.stages import STAGES
from caibian.progress import Progress


def run(
    recipe: Recipe,
    runs: Path = Path("runs"),
    *,
    from_stage: str | None = None,
    accept_licences: bool = False,
    progress: Progress | None = None,
    on_step: Callable[[Step, int, int], None] | None = None,
    command: str | None = None,
) -> RunDirectory:
    """Run a recipe in `runs/<name>`, going on where an earlier run of it stopped.

    Args:
        from_stage: do this stage and all after it again, though they are done.
        accept_licences: the user has accepted the terms of weights that ask for it.
        progress: where to show work; the stages' processes show theirs the same way.
        on_step: called before each stage with its step, its position from 1, and how many there are.
        command: the command line, for the report.

    Raises:
        ConfigError, ModelNotFound, DownloadError: before anything starts.
        RunLocked: another run works in the directory.
        StageError: a stage failed; the stages before it, and what it had finished, are kept.
        KeyboardInterrupt: Ctrl-C; the same call goes on.
    """
    progress = progress or Progress()
    fetch_weights(recipe, accept_licences, progress)
    directory = RunDirectory(runs.resolve() / recipe.name)
    with directory.lock() as lock:
        plan = planning.make(recipe, runs.resolve(), from_stage)
        for step in plan.steps:  # all at once: after an interruption the run goes on without --from
            if step.state == "again" and step.folder.exists():
                rundir.remove(step.folder)
        state = _begin(recipe, plan, command)
        for position, (step, entry) in enumerate(zip(plan.steps, state["stages"], strict=True), start=1):
            if on_step:
                on_step(step, position, len(plan.steps))
            if step.state != "done":
                _record(directory, state, entry, "running")
                try:
                    _do(step, plan, recipe, progress, lock)
                except BaseException as error:
                    stopped = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
                    _record(directory, state, entry, stopped)
                    raise
            _record(directory, state, entry, "done")
        directory.write_state(state | {"finished": _now()})
        render(directory)
    return directory


def render(directory: RunDirectory) -> Path:
    """Write `report.html` of a run from its reports; returns its path.

    Raises:
        CaibianError: the page could not be drawn; the results of the stages are not touched.
    """
    from caibian.pipeline import report_page

    try:
        return report_page.render(directory.path)
    except Exception as error:  # hours of work must not end in a traceback from a picture
        raise CaibianError(
            f"the stages are done and their results are in {directory.path}, but the report page could not be "
            f"drawn ({type(error).__name__}: {error}); to try again: caibian report {directory.path}"
        ) from error


def fetch_weights(recipe: Recipe, accept_licences: bool, progress: Progress) -> None:
    """Bring the recipe's model onto this machine if a stage uses it and it is not here."""
    reference = recipe.header.model
    if reference.startswith(("http://", "https://")):
        return
    if any(STAGES[name].uses_model for name in recipe.stages):
        from caibian.models import weights

        weights.resolve(reference, accept_licence=accept_licences, progress=progress)


def _begin(recipe: Recipe, plan: Plan, command: str | None) -> dict[str, Any]:
    """Write `recipe.yaml` and the state of the run before its first stage."""
    directory = plan.directory
    write_text(
        directory.path / "recipe.yaml", yaml.safe_dump(recipe.data, allow_unicode=True, sort_keys=False)
    )
    state: dict[str, Any] = {
        "recipe": recipe.name,
        "description": recipe.header.description.model_dump(),
        "seed": recipe.header.seed,
        "model": recipe.header.model,
        "command": command,
        "started": _now(),
        "finished": None,
        "stages": [
            {
                "stage": step.stage.name,
                "folder": step.folder.name,
                "status": "done" if step.state == "done" else "pending",
            }
            for step in plan.steps
        ],
    }
    directory.write_state(state)
    return state


def _record(directory: RunDirectory, state: dict[str, Any], entry: dict[str, Any], status: str) -> None:
    entry["status"] = status
    directory.write_state(state)


def _do(step: Step, plan: Plan, recipe: Recipe, progress: Progress, lock: int) -> None:
    from caibian.records import Report

    step.folder.mkdir(parents=True, exist_ok=True)
    write_json(step.folder / "identity.json", step.parts)
    folders = {s.stage.name: s.folder for s in plan.steps}
    usage = worker.work(
        {
            "stage": step.stage.name,
            "settings": step.settings.model_dump(mode="json"),
            "inputs": {name: str(folders[name]) for name in step.stage.upstreams if name in folders},
            "out": str(step.folder),
            "seed": recipe.header.seed,
            "model": recipe.header.model,
            "progress": progress.mode,
        },
        lock,
    )
    try:
        report = Report.read(step.folder)
    except (OSError, ValueError) as error:
        raise CaibianError(f"{step.folder}: the stage ended without a readable report ({error})") from error
    report.seconds = round(usage.total_seconds, 3)
    report.peak_memory_mb = round(max(report.peak_memory_mb, usage.peak_mb), 1)
    if usage.before:
        report.notes.append(
            f"done in {len(usage.before) + 1} attempts, each going on where the one before stopped; "
            "the seconds count all of them"
        )
    report.write(step.folder)
    rundir.mark_done(step.folder, step.digest)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
