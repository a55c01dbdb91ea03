"""Which fields of a task hold what a person says themselves, and which hold what they paste."""

from __future__ import annotations

TYPED = frozenset(
    [
        "account",
        "angle",
        "audience",
        "column",
        "creator",
        "duration",
        "goal",
        "host",
        "keyword",
        "occasion",
        "outlet",
        "period",
        "platform",
        "purpose",
        "question",
        "spoilers",
        "style",
        "target",
        "theme",
        "topic",
    ]
)
"""Lines in which somebody tells the model what they want. Any other field, a new card's too, is taken for material."""

_NOTES = frozenset(("notes", "position"))  # the person's own words, and long enough to hide an order in


def is_material(field: str) -> bool:
    """Whether a field's text is data to the model: it is framed, and what it says is not obeyed."""
    return field not in TYPED


def is_own_words(field: str) -> bool:
    """Whether a field's text is what the person says, and is held against the house's topics."""
    return field in TYPED or field in _NOTES
