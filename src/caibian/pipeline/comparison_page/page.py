"""`report.html` out of the folder of an evaluation: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from caibian.evaluation.tables import Evaluated, Standings, read_evaluated
from caibian.evaluation.tables.export import ranked_standings
from caibian.evaluation.tables.standings import CONFIDENCE
from caibian.pipeline.comparison_page import (
    agreement_view,
    judges_view,
    limits,
    naming,
    samples,
    sentences,
    spending,
    wins,
)
from caibian.pipeline.report import frame, numbers
from caibian.pipeline.report.words import Two, name

_OWN = Path(__file__).with_name("templates")
_ICON = "M3 13h3V8H3zM10 13h3V3h-3z"  # two columns, one higher
_COMPARISON = ("answer", "wins", "judges", "agreement", "samples", "spending", "limits")

T = TypeVar("T")


def render(
    folders: Sequence[Path], page: Path | None = None, *, samples_shown: int = 24, seed: int = 0
) -> Path:
    """Write the page of an evaluation to the file `page`, by default `report.html` in its folder; returns its path.

    What is missing is said in words, a damaged file becomes a note. All text of data, answers and experts is
    escaped, and the page's policy lets no script but its own run.

    Args:
        folders: evaluations of one set in order of time or training size; the page is that of the last.
        samples_shown: items whose answers stand side by side.
        seed: of the draw of those items, and of the intervals.

    Raises:
        InputError: the folder holds no evaluation.
    """
    found = read_evaluated(folders[-1])
    template = frame.environment(_OWN).get_template("comparison.html.j2")
    return frame.write_page(
        page or found.folder / "report.html", template, _parts(found, samples_shown, seed)
    )


def _parts(found: Evaluated, samples_shown: int, seed: int) -> dict[str, Any]:
    """Everything the templates show."""
    careful = _Careful(found)
    comparison = found.comparison
    unfit = found.unfit
    ranked = ranked_standings(found, seed=seed)
    agreed = careful("agreement.json", lambda: agreement_view.agreement(found.agreement, unfit))
    voices = ranked.voices if ranked else []
    heard = [one for voice in voices if ranked and (one := wins.heard(ranked, voice, found.systems, seed))]
    disputed = [one.example_id for one in agreed.disputes] if agreed else []
    shown = (
        samples.samples(comparison, voices, disputed, count=samples_shown, seed=seed) if comparison else []
    )
    bias_judges, bias = careful("judging.json", lambda: judges_view.bias(found.judges)) or ([], [])
    answers = sentences.answers(ranked) if ranked else []
    first, rest = limits.limits(found, ranked, agreed)
    cards = dict.fromkeys(one.card for one in shown)
    return {
        "title": found.name,
        "facts": _facts(found, ranked),
        "problems": found.problems,
        "confidence": numbers.significant(100 * CONFIDENCE),
        "answers": answers,
        "task_answers": [],
        "no_answer": None if answers or comparison is None else "unfit_only" if heard else "none",
        "warnings": first,
        "limits": [*first, *rest],
        "heard": heard,
        "voices": [(voice, naming.voice(voice)) for voice in voices],
        "grid": wins.grid(ranked) if ranked else [],
        "judges": judges_view.judges(ranked, found.judges, agreed.judges if agreed else []) if ranked else [],
        "has_models": any(voice.kind == "model" for voice in voices),
        "abstentions": judges_view.abstentions(ranked) if ranked else [],
        "bias": bias,
        "bias_judges": bias_judges,
        "bias_confidence": numbers.significant(100 * float(found.judging.get("bias_confidence") or 0.99)),
        "agreement": agreed,
        "experts": any(voice.kind == "expert" for voice in voices),
        "samples": shown,
        "sample_cards": [(card, naming.card(card), sum(one.card == card for one in shown)) for card in cards],
        "spending": careful("judging.json", lambda: spending.spending(found)),
        "expert_time": spending.expert_time(found),
        "frame": frame.frame(
            "cmp",
            found.name,
            icon=_ICON,
            sections=[(key, name("cmp_nav", key)) for key in _COMPARISON],
            styles=[_OWN / "comparison.css"],
        ),
    }


def _facts(found: Evaluated, ranked: Standings | None) -> list[tuple[Two, Any]]:
    """What stands under the title."""
    rows: list[tuple[Two, Any]] = []
    if found.comparison is not None:
        experts = {ranking.judge for ranking in found.rankings if ranking.kind == "expert"}
        others = {ranking.judge for ranking in found.rankings if ranking.kind != "expert"}
        rows = [
            (name("cmp", "items"), numbers.count(len(found.comparison.examples))),
            (name("cmp", "systems"), naming.systems(found.systems)),
            (name("cmp", "experts"), numbers.count(len(experts))),
            (name("cmp", "judges"), numbers.count(len(others))),
            (name("cmp", "orders"), numbers.count(sum(not ranking.abstained for ranking in found.rankings))),
        ]
    return rows


@dataclass
class _Careful:
    """Calls what may meet a file of another shape than agreed; that becomes a problem named on the page."""

    found: Evaluated
    _seen: set[str] = field(default_factory=set)

    def __call__(self, file: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            if file not in self._seen:
                self.found.problems.append(f"{file}: {type(error).__name__}: {error}")
                self._seen.add(file)
            return None
