"""What a batch gives a task of each article, and whether it can at all."""

from __future__ import annotations

from collections.abc import Mapping

from caibian.api.articles import NewBatch
from caibian.api.tasks import MOST_INPUT, Run
from caibian.compliance.fields import is_material
from caibian.errors import ConfigError
from caibian.service.gateway.asking import Gateway
from caibian.service.newsroom.book import TaskBook
from caibian.storage.newsroom.claims import Claim
from caibian.storage.refusals import Invalid
from caibian.tasks import TaskCard, instruction

_ARTICLE, _TITLE = "article", "title"


def article_field(card: TaskCard) -> str:
    """The field of a card that gets an article's text: `article`, else the first one that must be given material.

    Raises:
        Invalid: the card takes none.
    """
    material = [name for name in card.input if is_material(name) and name != _TITLE]
    required = [name for name in material if card.input[name].use == "required"]
    for name in (_ARTICLE, *required, *material):
        if name in card.input:
            return name
    raise Invalid(f"task: {card.id} takes no article")


def check(new: NewBatch, book: TaskBook, gateway: Gateway) -> TaskCard:
    """Whether a batch can be carried out; gives its card.

    Raises:
        NotFound: there is no such task.
        Invalid: it takes no article, has no such wording, or lacks a field.
        RefusedTopic: the house has ruled the topic out.
        UnknownModel: there is no such engine.
    """
    card = book.card(new.task)
    field = article_field(card)
    try:
        instruction(card, new.language, new.variant)
    except ConfigError as error:
        raise Invalid(f"language, variant: {error}") from error
    for name in new.extra:
        if name not in card.input:
            raise Invalid(f"extra.{name[:40]}: {card.id} has no such field; it has: {', '.join(card.input)}")
        if name == field:
            raise Invalid(f"extra.{name}: this field gets the article")
    for name, one in card.input.items():
        if one.use == "required" and name not in (field, _TITLE) and not new.extra.get(name, "").strip():
            raise Invalid(f"extra.{name}: {card.id} needs it")
    book.check_topics(new.extra, new.language)
    gateway.framing(new.model)
    return card


def run_of(claimed: Claim, card: TaskCard) -> Run:
    """A task's run on the article of an item.

    Raises:
        Invalid: the article is gone.
    """
    if claimed.body is None:
        raise Invalid("the article was removed")
    values = {name: text for name, text in claimed.extra.items() if text.strip()}
    if _TITLE in card.input and claimed.title:
        values.setdefault(_TITLE, claimed.title)
    values[article_field(card)] = claimed.body
    return Run.model_validate(
        {
            "input": _fitting(values),
            "language": claimed.language,
            "variant": claimed.variant,
            "model": claimed.model,
            "published_at": claimed.published_at,
        }
    )


def _fitting(values: Mapping[str, str]) -> dict[str, str]:
    if (length := sum(map(len, values.values()))) > MOST_INPUT:
        raise Invalid(f"the article is too long: {length:,} characters, at most {MOST_INPUT:,}")
    return dict(values)
