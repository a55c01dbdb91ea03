"""What exported documents say beside the text itself, in Chinese and in English."""

from __future__ import annotations

from dataclasses import dataclass

from caibian.api.tasks import Wording
from caibian.publishing.documents.document import Document

WORDING = Wording(zh="本文含人工智能生成内容", en="This text contains AI-generated content")
_WORDS: dict[str, Wording] = {
    "source": Wording(zh="来源：{}", en="Source: {}"),
    "byline": Wording(zh="{}", en="By {}"),
    "reviewed": Wording(zh="审核：{}", en="Reviewed by {}"),
    "revision": Wording(zh="第 {} 稿", en="revision {}"),
    "unpublished": Wording(
        zh="内部稿件，尚未签发（{}）", en="Internal copy, not cleared for publication ({})"
    ),
    "origin": Wording(zh="人工智能：{}", en="AI: {}"),
    "draft": Wording(zh="草稿", en="draft"),
    "review": Wording(zh="编辑审核中", en="with the editor"),
    "final": Wording(zh="终审中", en="with the chief editor"),
    "approved": Wording(zh="已通过，待发布", en="approved, not yet published"),
    "untitled": Wording(zh="无标题", en="Untitled"),
}


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines around a text; empty ones are left out by every format."""

    title: str
    credits: str  # byline, source and date, under the headline
    label: str  # the explicit label, under the credits
    warning: str  # above all, on a text that is not published
    review: str  # below the text
    origin: str  # model and task, for the house and those it supplies; not for readers


def lines(document: Document, wording: Wording) -> Lines:
    """The lines of a document in its language: Chinese, or else English."""
    separator = "　" if document.language == "zh" else " · "
    credited = [
        _say(document, "byline", document.byline) if document.byline else "",
        _say(document, "source", document.source) if document.source else "",
        date(document) if document.published_at else "",
    ]
    review = ""
    if document.reviewed_by:
        names = ("、" if document.language == "zh" else ", ").join(document.reviewed_by)
        review = _say(document, "reviewed", names)
        if document.revision:
            said = _say(document, "revision", document.revision)
            review += f"（{said}）" if document.language == "zh" else f" ({said})"
    warning = ""
    if not document.published:
        state = _say(document, document.state) if document.state in _WORDS else document.state
        warning = _say(document, "unpublished", state)
    origin = ", ".join(each for each in (document.model, document.task) if each) if document.ai else ""
    return Lines(
        document.title or _say(document, "untitled"),
        separator.join(each for each in credited if each),
        in_language(wording, document) if document.ai else "",
        warning,
        review,
        _say(document, "origin", origin) if origin else "",
    )


def in_language(wording: Wording, document: Document) -> str:
    """The wording for a document's readers."""
    return wording.zh if document.language == "zh" else wording.en


def date(document: Document) -> str:
    """The day and time of publication, as the language writes it; empty where there is none."""
    at = document.published_at
    if at is None:
        return ""
    if document.language == "zh":
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    return f"{at.day} {at:%B} {at.year}, {at:%H:%M}"


def _say(document: Document, word: str, value: object = "") -> str:
    return in_language(_WORDS[word], document).format(value)
