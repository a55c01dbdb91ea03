"""`report.html` out of the folder of an evaluation: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from caibian.errors import ConfigError
from caibian.evaluation.tables import Evaluated, Standings, read_evaluated
from caibian.evaluation.tables.changes import snapshot
from caibian.evaluation.tables.export import ranked_standings
from caibian.evaluation.tables.standings import CONFIDENCE
from caibian.pipeline.comparison_page import (
    agreement_view,
    change_view,
    curve_view,
    errors_view,
    judges_view,
    limits,
    naming,
    samples,
    sentences,
    spending,
    task_answers,
    task_limits,
    tasks_view,
    wins,
)
from caibian.pipeline.report import frame, numbers
from caibian.pipeline.report.words import Two, name

_OWN = Path(__file__).with_name("templates")
_ICON = "M3 13h3V8H3zM10 13h3V3h-3z"  # two columns, one higher

T = TypeVar("T")


def render(
    folders: Sequence[Path], page: Path | None = None, *, samples_shown: int = 24, seed: int = 0
) -> Path:
    """Write the page of an evaluation to the file `page`, by default `report.html` in its folder; returns its path.

    What is missing is said in words, a damaged file becomes a note. All text of data, answers and experts is
    escaped, and the page's policy lets no script but its own run. `PAGE.figures.json` beside the page remembers
    the figures, so that the next report can say what changed.

    Args:
        folders: evaluations of one set in order of time or training size; the page is that of the last.
        samples_shown: items whose answers stand side by side.
        seed: of the draw of those items, and of the intervals.

    Raises:
        InputError: a folder holds no evaluation.
        ConfigError: no folder.
    """
    if not folders:
        raise ConfigError("no folder of an evaluation given")
    environment = frame.environment(_OWN)
    environment.globals |= {
        "system_label": naming.system,
        "readable": lambda text: samples.readable(text, samples.EXCERPT)[0],
    }
    template = environment.get_template("comparison.html.j2")
    target = page or folders[-1] / "report.html"
    every = [(found, ranked_standings(found, seed=seed)) for found in map(read_evaluated, folders)]
    return frame.write_page(target, template, _Page(*every[-1], samples_shown, seed).parts(every, target))


@dataclass
class _Page:
    """The parts of the page of one evaluation."""

    found: Evaluated
    ranked: Standings | None
    samples_shown: int
    seed: int

    def parts(self, every: Sequence[tuple[Evaluated, Standings | None]], page: Path) -> dict[str, Any]:
        """Everything the templates show."""
        found = self.found
        agreed = self._careful(
            "agreement.json", lambda: agreement_view.agreement(found.agreement, found.unfit)
        )
        parts = {
            **self._ranked_parts(agreed),
            **self._task_parts(),
            **self._sample_parts(agreed),
            "changed": self._changed(every, page),
            "errors": self._careful("errors.json", lambda: errors_view.errors(found.errors)),
            "spending": self._careful("judging.json", lambda: spending.spending(found)),
            "expert_time": spending.expert_time(found),
            "curves": curve_view.curves(every) if len(every) > 1 else None,
            "evaluations": len(every),
            "other_sets": len({tuple(example.id for example in one.examples) for one, _ in every}) > 1,
            "confidence": numbers.significant(100 * CONFIDENCE),
            "title": found.name,
            "facts": self._facts(),
        }
        parts["answers"] = [
            *(sentences.answers(self.ranked) if self.ranked else ()),
            *task_answers.answers(found.table, parts["datasets"]),
        ]
        heard = parts["heard"]
        parts["no_answer"] = None if parts["answers"] else "unfit_only" if heard else "none"
        first, rest = (
            [*one, *two]
            for one, two in zip(
                limits.limits(found, self.ranked, agreed), task_limits.limits(found.table), strict=True
            )
        )
        parts |= {"warnings": first, "limits": [*first, *rest], "problems": found.problems}
        parts["frame"] = frame.frame(
            "cmp",
            found.name,
            icon=_ICON,
            sections=[(key, name("cmp_nav", key)) for key in self._sections(parts)],
            styles=[_OWN / "comparison.css"],
        )
        return parts

    def _sections(self, parts: dict[str, Any]) -> list[str]:
        """What belongs to this kind of evaluation; what is missing in it says so itself."""
        ranked = ("wins", "judges", "agreement") if self.ranked else ()
        return [
            "answer",
            *(["curves"] if parts["evaluations"] > 1 else ()),
            *(["changes"] if parts["changed"] else ()),
            *ranked,
            *(["tasks"] if parts["datasets"] else ()),
            "samples",
            "errors",
            "spending",
            "limits",
        ]

    def _ranked_parts(self, agreed: agreement_view.Agreement | None) -> dict[str, Any]:
        found, ranked = self.found, self.ranked
        voices = ranked.voices if ranked else []
        bias_judges, bias = self._careful("judging.json", lambda: judges_view.bias(found.judges)) or ([], [])
        against = agreed.judges if agreed else []
        confidence = numbers.finite(found.judging.get("bias_confidence")) or 0.99
        return {
            "heard": [
                one for voice in voices if ranked and (one := wins.heard(ranked, voice, found.systems, self.seed))
            ],
            "voices": [(voice, naming.voice(voice)) for voice in voices],
            "grid": wins.grid(ranked) if ranked else [],
            "judges": judges_view.judges(ranked, found.judges, against) if ranked else [],
            "has_models": any(voice.kind == "model" for voice in voices),
            "abstentions": judges_view.abstentions(ranked) if ranked else [],
            "bias": bias,
            "bias_judges": bias_judges,
            "bias_confidence": numbers.significant(100 * confidence),
            "agreement": agreed,
            "experts": any(voice.kind == "expert" for voice in voices),
        }  # fmt: skip

    def _task_parts(self) -> dict[str, Any]:
        table = self.found.table
        datasets = self._careful("table.json", lambda: tasks_view.datasets(table)) or []
        return {
            "datasets": datasets,
            "task_forest": task_answers.forest(table) if datasets else None,
            "task_main": naming.system(str(table.get("main", ""))),
            "task_way": tasks_view.way(table) if datasets else None,
            "task_systems": tasks_view.systems(table) if datasets else [],
            "task_confidence": numbers.significant(100 * (numbers.finite(table.get("confidence")) or CONFIDENCE)),
        }  # fmt: skip

    def _sample_parts(self, agreed: agreement_view.Agreement | None) -> dict[str, Any]:
        answered = self.found.answered
        disputed = [one.example_id for one in agreed.disputes] if agreed else []
        voices = self.ranked.voices if self.ranked else []
        shown = (
            samples.samples(answered, voices, disputed, count=self.samples_shown, seed=self.seed)
            if answered
            else []
        )
        cards = dict.fromkeys(one.card for one in shown)
        return {
            "samples": shown,
            "sample_cards": [
                (card, naming.card(card), sum(one.card == card for one in shown)) for card in cards
            ],
        }

    def _changed(
        self, every: Sequence[tuple[Evaluated, Standings | None]], page: Path
    ) -> change_view.Changed | None:
        """Since the evaluation before in the row; of one alone, since its last report."""
        now = snapshot(self.found, self.ranked)
        file = page.with_suffix(".figures.json")
        before = change_view.remembered(file, now)
        if len(every) > 1:
            before = snapshot(*every[-2])
            before = {**before, "name": every[-2][0].folder.resolve().name}
        return self._careful(file.name, lambda: change_view.changed(before, now)) if before else None

    def _facts(self) -> list[tuple[Two, Any]]:
        """What stands under the title."""
        found = self.found
        systems = list(found.answered.answers) if found.answered else list(found.table.get("systems") or ())
        rows: list[tuple[Two, Any]] = [
            (name("cmp", "items"), numbers.count(len(found.examples) or _items(found))),
            (name("cmp", "systems"), naming.systems(systems)),
        ]
        if found.comparison is not None:
            experts = {one.judge for one in found.rankings if one.kind == "expert"}
            others = {one.judge for one in found.rankings if one.kind != "expert"}
            orders = sum(not one.abstained for one in found.rankings)
            counts = {"experts": len(experts), "judges": len(others), "orders": orders}
            rows += [(name("cmp", key), numbers.count(n)) for key, n in counts.items()]
        return [*rows, (name("cmp", "folder"), found.folder.resolve().name)]

    def _careful(self, file: str, make: Callable[[], T]) -> T | None:
        """What `make` returns; a file of another shape than agreed becomes a problem named on the page."""
        try:
            return make()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self.found.problems.append(f"{file}: {type(error).__name__}: {error}")
            return None


def _items(found: Evaluated) -> int:
    return sum(int(entry.get("n") or 0) for entry in found.table.get("datasets") or ())
