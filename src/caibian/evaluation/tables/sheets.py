"""The tables of a comparison to print: win rates by judge and part of the items."""

from __future__ import annotations

from caibian.errors import ConfigError
from caibian.evaluation.bootstrap import Interval
from caibian.evaluation.tables.folder import Evaluated
from caibian.evaluation.tables.sheet import LANGUAGES, Cell, Sheet
from caibian.evaluation.tables.standings import CONFIDENCE, Standing
from caibian.evaluation.tables.voices import EXPERTS, JUDGES, Scope, Standings, Voice
from caibian.tasks import card as load_card

_KINDS = {
    "expert": "experts",
    "model": "model judge",
    "reference": "rule: compares with the published text",
    "checks": "rule: counts failed checks",
}


def ranked_sheets(found: Evaluated, standings: Standings) -> list[Sheet]:
    """One sheet for each voice: a row for each part of the items, a column for each system."""
    sheets = []
    for voice in standings.voices:
        head = ["Win rate, %", *found.systems, "items"]
        sheet = Sheet(_title(found, voice), head, notes=_notes(voice))
        for scope in standings.scopes:
            if (one := standings.of(voice, scope)) is not None:
                cells: list[Cell | None] = [_rate(one, system, voice) for system in found.systems]
                sheet.rows.append((scope_name(scope), [*cells, Cell(str(one.items))]))
        if sheet.rows:
            sheets.append(sheet)
    return sheets


def scope_name(scope: Scope) -> str:
    """A part of the items in English."""
    language = LANGUAGES.get(scope.language or "", scope.language or "")
    if scope.card is None:
        return f"{language}: all tasks" if language else "All items"
    try:
        return f"{load_card(scope.card).name.en} ({language})"
    except ConfigError:
        return f"{scope.card} ({language})"


def percent(found: Interval, places: int = 0) -> tuple[str, str]:
    """A share and its interval in per cent."""
    value, low, high = (f"{100 * end:.{places}f}" for end in (found.value, found.low, found.high))
    return value, f"[{low}, {high}]"


def _rate(one: Standing, system: str, voice: Voice) -> Cell | None:
    if system not in one.share:
        return None
    verdict = one.verdict()
    value, interval = percent(one.share[system])
    best = verdict.leader == system and not verdict.level and not voice.unfit
    return Cell(value, interval, best=best, struck=bool(voice.unfit))


def _title(found: Evaluated, voice: Voice) -> str:
    names = {EXPERTS: f"{len(voice.judges)} experts", JUDGES: f"{len(voice.judges)} model judges"}
    who = names.get(voice.name, f"{voice.name} ({_KINDS[voice.kind]})")
    return f"{found.name}: win rates by {who}"


def _notes(voice: Voice) -> list[str]:
    notes = [
        f"How often a system is placed before another one; 50 is a draw. In brackets: {CONFIDENCE:.0%} interval over "
        "items. Bold: ahead of every other system, each pair's interval excluding a draw."
    ]
    if voice.unfit:
        notes.append(f"This judge is unfit ({', '.join(voice.unfit)}): its orders are not to be believed.")
    return notes
