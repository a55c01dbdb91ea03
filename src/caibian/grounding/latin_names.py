"""Names in scripts that write words apart: capitalised runs in Latin letters, titles in Arabic and Hindi."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caibian.grounding import lexicon
from caibian.grounding.folding import listed, skeleton

_LETTERS = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
# Initials and short titles keep their full stop (J. R. Smith, St. Louis); at the end of other words it ends a sentence.
_WORD = rf"(?:[A-Z](?:\.[A-Z])+\.?|[A-Z]\.(?= [A-Z])|(?:St|Mt|Jr|Sr)\.|[A-Z][{_LETTERS}]*(?:['’.-][{_LETTERS}]+)*|[a-z]{{1,2}}[A-Z][A-Za-z]+)\d*"
_RUN = re.compile(
    rf"(?<![{_LETTERS}\d]){_WORD}(?:[ -](?:(?:of|the|de|la|le|du|da|van|von|der|bin|ibn|al|el)[ ]){{0,2}}{_WORD})*"
)
# Letters with figures are names of things: G4719, MBL2, H7N9, COVID-19.
_CODE = re.compile(
    r"(?<![A-Za-z\d\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f])(?=[A-Za-z-]*\d)(?=\d*-?[A-Z])[A-Z][A-Za-z]*-?\d+[A-Za-z]*\d*(?![A-Za-z\d])"
)
# Capitalised for other reasons than being names.
_COMMON = frozenset(
    listed(
        "a an the i he she it we you they this that these those his her its our their my your in on at to of for from by with "
        "and but or so if as when while after before since although though because there here what who where why how which not "
        "no yes all some many most more few several one two three four five six seven eight nine ten hundreds thousands another "
        "other each every both either neither also however meanwhile instead still then now today yesterday tomorrow last next "
        "first second about around over under according among between during despite without within until once just only "
        "even such it's i'm he's she's that's don't mr mrs ms dr sir is are was were be been do did does has have had can could "
        "will would should may might must let monday tuesday wednesday thursday friday saturday sunday january february march "
        "april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec km kg cm "
        "am pm usd rmb gdp cpi ppi pmi"
    )
)
_CONTINUES = re.compile(r"[A-Za-z\d\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")
_POSSESSIVE = re.compile("['’]s?$")
_CONNECTOR = re.compile(r" (?:of|the|de|la|le|du|da|van|von|der|bin|ibn|al|el|and|for)$")
_SENTENCE_END = re.compile(r"(?:^|[•·.!?:;\n\"“”‘’(。！？])\s*[\"“‘(]*$")
_ARABIC_TITLES = "الرئيس|رئيس الوزراء|الوزير|وزير الخارجية|وزير الدفاع|الملك|الأمير|الشيخ|الدكتور|السيد|السيدة|مدينة|محافظة"
_HINDI_TITLES = "श्री|श्रीमती|डॉ|डॉक्टर|राष्ट्रपति|प्रधानमंत्री|मुख्यमंत्री|मंत्री|राज्यपाल|कप्तान|अभिनेता|अभिनेत्री"
_AFTER_TITLE = [
    re.compile(rf"(?<![\u0621-\u065f])(?:{_ARABIC_TITLES}) ([\u0621-\u065f]+ [\u0621-\u065f]+)"),
    re.compile(rf"(?<![\u0900-\u0963])(?:{_HINDI_TITLES}) ([\u0900-\u0963]+ [\u0900-\u0963]+)"),
]


def find_latin_names(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Spans of names in a text, in Latin letters, and after titles in Arabic and Devanagari."""
    for match in _RUN.finditer(text):
        if _CONTINUES.match(text, match.end()):
            continue
        yield from _trimmed(text, match.start(), match.end(), language)
    for match in _CODE.finditer(text):
        if not _CONTINUES.match(text, match.end()):
            yield match.span()
    for pattern in _AFTER_TITLE:
        for match in pattern.finditer(text):
            yield match.span(1)


def _trimmed(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    """A run without common words at its ends; one word that opens a sentence only where a list knows it."""
    opens_sentence = bool(_SENTENCE_END.search(text[max(0, start - 6) : start]))
    moved = False
    while start < end:
        first = re.match(r"[^\s]+", text[start:end])
        if not first or _plain(first.group()) not in _COMMON or _is_acronym(first.group()):
            break
        rest = re.compile(r"\s*(?:(?:of|the|de|la|le|du|da|and|for)\s)*").match(text, start + first.end())
        start = min(end, rest.end() if rest else end)
        moved = True
    run = text[start:end]
    run = _POSSESSIVE.sub("", run)
    if run.endswith(".") and not re.search(r"\.[A-Z]\.$", run):
        run = run[:-1]
    while connector := _CONNECTOR.search(run):
        run = run[: connector.start()]
    if len(run) < 2 or (_plain(run) in _COMMON and not _is_acronym(run)):
        return
    single = " " not in run
    # In English any word may open a sentence; in a Chinese text, letters stand there for a name only.
    if (
        single
        and opens_sentence
        and not moved
        and language == "en"
        and not run.isupper()
        and run not in _known()
    ):
        return
    yield start, start + len(run)


def _plain(word: str) -> str:
    return word.strip(".,;:").lower().replace("’", "'")


def _is_acronym(word: str) -> bool:
    """WHO and US, which are common words but for their capitals."""
    return word.isupper() and len(word) > 1 and skeleton(word) in lexicon.synonyms()


def _known() -> frozenset[str]:
    return lexicon.latin_places()
