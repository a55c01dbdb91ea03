"""The tasks of a house: its cards, read once, and the topics that it has ruled out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from caibian.api.tasks import Task
from caibian.compliance import TopicRule, Topics
from caibian.compliance.fields import is_own_words
from caibian.errors import ConfigError
from caibian.service.newsroom.forms import as_task
from caibian.service.settings import HouseSettings
from caibian.storage.refusals import NotFound
from caibian.tasks import TaskCard, card, load_cards


@dataclass(frozen=True)
class TaskBook:
    """What a house's desk can ask for."""

    cards: Mapping[str, TaskCard]
    topics: Topics

    @staticmethod
    def of(settings: HouseSettings) -> TaskBook:
        """The packaged cards and the house's own.

        Raises:
            ConfigError: a card or a topic's pattern is wrong; the message names it.
        """
        rules = (
            TopicRule(
                topic.name,
                topic.patterns,
                topic.says.zh if topic.says else None,
                topic.says.en if topic.says else None,
            )
            for topic in settings.topics
        )
        return TaskBook(load_cards(*settings.cards), Topics(rules))

    @cached_property
    def tasks(self) -> list[Task]:
        """Every card as a form."""
        return [as_task(one) for one in self.cards.values()]

    def card(self, card_id: str) -> TaskCard:
        """One card.

        Raises:
            NotFound: there is none; the message names the nearest ones.
        """
        try:
            return card(card_id, dict(self.cards))
        except ConfigError as error:
            raise NotFound(str(error)) from error

    def check_topics(self, values: Mapping[str, str], language: str) -> None:
        """Hold what somebody says themselves against the house's topics; what they paste is not looked at.

        Raises:
            RefusedTopic: with the house's wording.
        """
        self.topics.check((text for field, text in values.items() if is_own_words(field)), language)
