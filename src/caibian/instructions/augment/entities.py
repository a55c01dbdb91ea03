"""Other people, places and numbers in an example: the same ones in the input and in the answer.

What is replaced must stand in the text in one unmistakable form; where a shorter name, a part of a city or a number
that follows from others would be left behind, it is not touched. Nor are people of office or fame, or countries, with
whom come histories that the text takes for granted.
"""

from __future__ import annotations

import re
from random import Random

from caibian.grounding import lexicon
from caibian.instructions.augment.config import Entities, EntityKind
from caibian.instructions.augment.jobs import Job, Refused, edited, passages
from caibian.instructions.augment.numbers import other_number
from caibian.instructions.augment.people import other_people
from caibian.instructions.augment.places import other_place
from caibian.records import Example
from caibian.tasks import TaskCard
from caibian.text import language_of

# Where these stand, or a name of the public figures that are known, a wrong place or figure is a false report.
_STATE = re.compile(
    r"国家主席|总书记|总理|总统|首相|国务院|国务委员|中央|中办|中纪委|外交部|国防部|全国人大|全国政协|特首|行政长官|峰会|"
    r"\b(?:President|Prime Minister|Premier|Chancellor|Foreign Ministry|Kremlin|White House|King|Queen|Summit|summit)\b"
)
# Checks that tie the answers of a text card to their sources: without one, an answer may rest on who and where.
_TIES: dict[EntityKind, frozenset[str]] = {
    "person": frozenset({"names_in_source", "names_kept", "values_in_source"}),
    "place": frozenset({"names_in_source", "names_kept", "values_in_source"}),
    "number": frozenset({"numbers_in_source", "numbers_kept", "values_in_source"}),
}


def with_other_entities(job: Job, settings: Entities) -> Example:
    """The example with other people, places or numbers in input and answer.

    Raises:
        Refused: the card's answers may depend on them, the text is of affairs of state, or there are none to replace.
    """
    example = job.example
    kinds = [kind for kind in settings.kinds if _independent(job.card, kind, settings)]
    if not kinds or language_of(example.output) not in (example.language, "und"):
        raise Refused("card_depends_on_entities")
    texts = (example.input, example.output)
    if any(map(_STATE.search, texts)) or any(
        name in text for text in texts for name in lexicon.words("people")
    ):
        raise Refused("affairs_of_state")
    draw = job.random
    for kind in kinds:
        texts = _replaced(kind, texts, example.language, draw)
    if texts == (example.input, example.output):
        raise Refused("nothing_to_replace")
    fields = len(passages(job.card, example.input, example.language))
    if len(passages(job.card, texts[0], example.language)) != fields:
        raise Refused("field_names_lost")
    return job.with_input(*texts)


def _independent(card: TaskCard, kind: EntityKind, settings: Entities) -> bool:
    if card.output.kind == "label":
        return card.id in settings.label_cards
    return (
        card.output.kind == "text" and card.output.language == "same" and bool(_TIES[kind] & {*card.checks})
    )


def _replaced(kind: EntityKind, texts: tuple[str, str], language: str, draw: Random) -> tuple[str, str]:
    if kind == "number":
        edits = other_number(texts, language, draw)
        return edited(texts[0], edits[0]), edited(texts[1], edits[1])
    if language != "zh":  # where names have no lexicon here
        return texts
    return other_people(texts, draw) if kind == "person" else other_place(texts, draw)
