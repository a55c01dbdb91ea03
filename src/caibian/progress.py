"""What a stage is told besides its settings: the seed, the model, and where to show progress."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TextIO

Mode = Literal["rich", "plain", "silent"]

_PLAIN_LINE_EVERY = 10.0  # seconds between lines of one task in a log file: often enough to see it live
_REFRESHES_PER_SECOND = 4  # of the terminal; more takes the interpreter from the work it reports on


class Task:
    """One running piece of work with a count, made by `Progress.task`; safe to use from several threads."""

    def __init__(self, progress: Progress, name: str, total: int | None) -> None:
        self.name, self.total, self.done, self.text = name, total, 0, ""
        self._progress = progress
        self._started = self._shown = time.monotonic()
        self._lock = threading.Lock()
        self._bar_id: Any = None

    def advance(self, k: int = 1) -> None:
        """Count `k` more pieces as done."""
        with self._lock:
            self.done += k
        self._progress._show(self)

    def note(self, text: str) -> None:
        """Replace the remark that stands beside the count, e.g. `loss 1.23`."""
        self.text = text
        self._progress._show(self)

    @property
    def seconds(self) -> float:
        """Seconds since the task began."""
        return time.monotonic() - self._started

    def line(self) -> str:
        """The state as one line: `Reading: 1,200/5,000 (24%), loss 1.23`."""
        count = f"{self.done:,}"
        if self.total:
            count += f"/{self.total:,} ({self.done / self.total:.0%})"
        return f"{self.name}: {count}" + (f", {self.text}" if self.text else "")


class Progress:
    """Shows tasks: bars in a terminal, plain lines elsewhere, nothing in tests.

    `mode=None` chooses by whether `stream` (default: standard error) is a terminal.
    """

    def __init__(self, mode: Mode | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.mode: Mode = mode or ("rich" if self._stream.isatty() else "plain")
        self._bars: Any = None  # the one rich display that all running tasks share
        self._running = 0
        self._lock = threading.RLock()

    @contextmanager
    def task(self, name: str, total: int | None = None) -> Iterator[Task]:
        """Show a task while the block runs; `total` is None where the amount of work is unknown."""
        task = Task(self, name, total)
        self._begin(task)
        try:
            yield task
        finally:
            self._end(task)

    def message(self, text: str) -> None:
        """Show one line to the person, above any running bars."""
        with self._lock:
            if self.mode == "silent":
                return
            if self._bars is not None:
                self._bars.console.print(text, markup=False, highlight=False)
            else:
                print(text, file=self._stream, flush=True)

    def _begin(self, task: Task) -> None:
        if self.mode == "plain":
            self.message(f"{task.name} …")
        if self.mode != "rich":
            return
        with self._lock:
            if self._bars is None:
                self._bars = _rich_bars(self._stream)
                self._bars.start()
            self._running += 1
            task._bar_id = self._bars.add_task(task.name, total=task.total, note="")

    def _show(self, task: Task) -> None:
        if self.mode == "rich":
            self._bars.update(task._bar_id, completed=task.done, note=task.text)
        elif self.mode == "plain":
            now = time.monotonic()
            if now - task._shown >= _PLAIN_LINE_EVERY:
                task._shown = now
                self.message(f"  {task.line()}")

    def _end(self, task: Task) -> None:
        if self.mode == "plain":
            self.message(f"  {task.line()}, {task.seconds:.1f} s")
        if self.mode != "rich":
            return
        with self._lock:
            if task.total is None:
                self._bars.update(task._bar_id, total=task.done)
            self._bars.stop_task(task._bar_id)
            self._running -= 1
            if self._running == 0:  # finished bars stay on the screen; the next task opens a new display
                self._bars.stop()
                self._bars = None


def _rich_bars(stream: TextIO) -> Any:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=24),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[note]}", markup=False),
        console=Console(file=stream),
        refresh_per_second=_REFRESHES_PER_SECOND,
    )


@dataclass
class Context:
    """What every stage of a run shares."""

    seed: int = 0
    model: str = "default"  # the recipe's model: a registered name, a path or a hub id
    progress: Progress = field(default_factory=Progress)

    @classmethod
    def quiet(cls, seed: int = 0, model: str = "default") -> Self:
        """A context that shows nothing, for tests and for callers with a display of their own."""
        return cls(seed=seed, model=model, progress=Progress("silent"))
