"""What storage knows, as it goes over the wire."""

from __future__ import annotations

from dataclasses import asdict

from caibian.api.panel import (
    Assignment,
    Dimension,
    Draft,
    ExpertProgress,
    ItemProgress,
    ItemText,
    PanelOverview,
    PanelProgress,
    RankingRow,
    Saved,
    ShownAnswer,
)
from caibian.api.wire import Me
from caibian.records import Ranking
from caibian.storage.accounts import Account
from caibian.storage.assignments import View, Written
from caibian.storage.overviews import Overview
from caibian.storage.standing import ItemText as StoredText
from caibian.storage.standing import Standing
from caibian.storage.work import Work


def me(account: Account) -> Me:
    """Who somebody is."""
    return Me.model_validate(
        {
            "name": account.name,
            "display": account.display,
            "role": account.role,
            "language": account.language,
        }
    )


def overview(panel: Overview) -> PanelOverview:
    """A panel in a list."""
    return PanelOverview(
        id=panel.id,
        name=panel.name,
        assigned=panel.assigned,
        ranked=panel.states.get("ranked", 0),
        skipped=panel.states.get("skipped", 0),
        next=panel.next,
        closed=panel.closed,
    )


def assignment(view: View) -> Assignment:
    """An item as its expert sees it."""
    return Assignment.model_validate(
        {
            "id": view.id,
            "panel": view.panel,
            "closed": view.closed,
            "state": view.state,
            "position": view.position,
            "total": view.total,
            "previous": view.previous,
            "following": view.following,
            "language": view.language,
            "card": view.card,
            "card_name_zh": view.card_name_zh,
            "card_name_en": view.card_name_en,
            "instruction": view.instruction,
            "input": view.input,
            "answers": [ShownAnswer(key=letter, text=text) for letter, text in view.answers],
            "rubric": [Dimension(**dimension) for dimension in view.rubric],
            "draft": Draft(
                order=list(view.work.order),
                violations={letter: list(broken) for letter, broken in view.work.violations.items()},
                comment=view.work.comment,
                seconds=view.work.seconds,
                revision=view.revision,
            ),
            "skip_reason": view.skip_reason,
        }
    )


def work(draft: Draft) -> Work:
    """What an expert sent, for storage."""
    return Work(draft.order, draft.violations, draft.comment, draft.seconds)


def saved(written: Written) -> Saved:
    """What a write led to."""
    return Saved.model_validate(asdict(written))


def progress(standing: Standing) -> PanelProgress:
    """How far a panel is."""
    return PanelProgress(
        id=standing.id,
        name=standing.name,
        closed=standing.closed,
        systems=standing.systems,
        experts=[ExpertProgress.model_validate(asdict(expert)) for expert in standing.experts],
        items=[ItemProgress.model_validate(asdict(item)) for item in standing.items],
    )


def item_text(found: StoredText) -> ItemText:
    """An item with its answers, systems named."""
    return ItemText.model_validate(asdict(found))


def ranking(row: Ranking) -> RankingRow:
    """A ranking with its systems named."""
    return RankingRow.model_validate({**asdict(row), "order": list(row.order), "shown": list(row.shown)})
