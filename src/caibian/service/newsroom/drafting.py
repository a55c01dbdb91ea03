"""Drafts as they go over the wire, and as they leave the house."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import tzinfo

from caibian.api.drafts import Comment, Draft, DraftRow, Format, LedgerEntry, Origin, Version
from caibian.api.tasks import Checked
from caibian.publishing import Document, File, export
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.examining import examine, facts, turn
from caibian.service.settings import Labels
from caibian.storage.newsroom.drafts import Comment as StoredComment
from caibian.storage.newsroom.drafts import Entry, Heading, View
from caibian.storage.newsroom.drafts import Version as StoredVersion
from caibian.text import length


def draft_row(heading: Heading) -> DraftRow:
    """A draft in a list."""
    return DraftRow.model_validate(asdict(heading))


def draft(view: View) -> Draft:
    """A whole draft, as its asker sees it."""
    return Draft.model_validate(
        {
            **asdict(view.heading),
            "body": view.body,
            "source": view.source,
            "published_at": view.published_at,
            "origin": None if view.origin is None else Origin.model_validate(view.origin),
            "notes": [comment(note) for note in view.notes],
            "examined": view.examined,
            "may": list(view.may),
        }
    )


def comment(stored: StoredComment) -> Comment:
    """A comment."""
    return Comment.model_validate(asdict(stored))


def entry(stored: Entry) -> LedgerEntry:
    """A line of the ledger."""
    return LedgerEntry.model_validate(asdict(stored))


def version(stored: StoredVersion) -> Version:
    """A text that a draft had."""
    return Version.model_validate(asdict(stored))


def checked(view: View, book: TaskBook) -> Checked:
    """What checks and fact strip say of a draft's body against its source."""
    language, source = view.heading.language, view.source
    task = (view.origin or {}).get("task")
    card = book.cards.get(task) if task else None
    with turn():
        if card is not None and language in card.instructions:
            return examine(card, view.body, source, language, view.published_at)
        return Checked(
            chars=length(view.body, language),
            least=None,
            most=None,
            source=source,
            checks=[],
            facts=facts(view.body, source, language, view.published_at),
        )


def reviewers(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Who approved a draft since it was last handed in, in order, each once."""
    names: list[str] = []
    for line in entries:
        if line.kind in ("submitted", "returned"):
            names.clear()
        elif line.kind == "approved" and line.by_name not in names:
            names.append(line.by_name)
    return tuple(names)


def as_file(
    view: View, entries: Sequence[Entry], format: Format, labels: Labels, zone: tzinfo | None = None
) -> File:
    """A draft as a file, labelled where a model had a part in it.

    Raises:
        CannotExport: the format has no means for its language.
        Unlabelled: the house's producer cannot stand in a label.
    """
    head = view.heading
    produce_id = f"{head.id}-{head.revision}"  # says which draft, at which revision
    if format == "ledger":
        lines = [entry(line).model_dump(mode="json") for line in entries]
        content = json.dumps(
            {"draft": draft(view).model_dump(mode="json", exclude={"may"}), "ledger": lines},
            ensure_ascii=False,
            indent=2,
        ).encode()
        return File(f"ledger-{produce_id}.json", "application/json", content, None)
    origin = view.origin or {}
    published = [line.at for line in entries if line.kind == "published"]
    document = Document(
        title=head.title,
        body=view.body,
        language=head.language,  # type: ignore[arg-type]  # the contract admits these alone
        byline=head.author_name,
        published_at=published[-1] if published else None,
        ai=head.ai,
        model=origin.get("model"),
        task=origin.get("task"),
        produce_id=produce_id,
        reviewed_by=reviewers(entries),
        revision=head.revision,
        state=head.state,
    )
    return export(
        document,
        format,
        producer=labels.producer,
        propagator=labels.propagator,
        wording=labels.wording,
        zone=zone,
    )
