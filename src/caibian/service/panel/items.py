"""A comparison's examples and answers as items for experts."""

from __future__ import annotations

from pathlib import Path

from caibian.evaluation.comparison import EMPTY, Comparison, digest
from caibian.storage.panels import NewItem, Source
from caibian.tasks import TaskCard, card, general_rubric, load_cards


def panel_items(comparison: Comparison, *extra_cards: Path) -> list[NewItem]:
    """What experts may be given to rank. The empty answer, a safeguard for judges, is not among it.

    Args:
        extra_cards: files or folders of cards beside the packaged ones.

    Raises:
        ConfigError: an example is of a card that is not there.
    """
    cards = load_cards(*extra_cards)
    items = []
    for example, said in comparison.items():
        known = card(example.card, cards)
        items.append(
            NewItem(
                example_id=example.id,
                card=example.card,
                language=example.language,
                instruction=example.instruction,
                input=example.input,
                answers={system: text for system, text in said.items() if system != EMPTY},
                card_name_zh=known.name.zh,
                card_name_en=known.name.en,
                rubric=_dimensions(known),
            )
        )
    return items


def source(folder: Path, comparison: Comparison) -> Source:
    """What a panel remembers of the comparison it is made from."""
    return Source(folder.resolve().name, digest(comparison.examples))


def _dimensions(known: TaskCard) -> list[tuple[str, str, str]]:
    general = general_rubric()
    pairs = {name: general[name] for name in known.rubric.general} | known.rubric.specific
    return [(name, pair.zh, pair.en) for name, pair in pairs.items()]
