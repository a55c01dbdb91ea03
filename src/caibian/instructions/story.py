"""What examples are built from and what is built: an article made ready, a draft, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from caibian.instructions.prose import prepare
from caibian.instructions.removal import remove_headline
from caibian.instructions.titles import clean_title
from caibian.records import Article
from caibian.text import language_of

_BODY_CHARS = (
    3000  # read of a body, ten times an input: what stands further down is neither shown nor checked
)


class Refused(Exception):
    """The article gives no example for this card; the argument is the reason's name."""


class Story:
    """An article made ready once for all cards."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.language = article.language or language_of(article.body)
        self.title = clean_title(article.title or "")

    @cached_property
    def body(self) -> str:
        """The body without page furniture."""
        return prepare(self.article.body[:_BODY_CHARS], self.language)

    @cached_property
    def body_beside_title(self) -> str:
        """The body for an input that shows the headline: copies of it are gone."""
        return remove_headline(self.body, self.title, self.language) if self.title else self.body


@dataclass(frozen=True, slots=True)
class Draft:
    """An example but for its instruction."""

    article: Article
    language: str
    input: str
    output: str
    source_text: str  # what the input was cut from, the output removed
    label: str | None = None  # canonical id, for label cards
