"""Words of a Chinese text with their parts of speech, from jieba, which is loaded on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from caibian.grounding import lexicon

PERSON_TAGS = ("nr", "nrt", "nrfg")
PROPER_TAGS = (*PERSON_TAGS, "ns", "nt", "nz", "eng")


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its tag and the offset at which it stands."""

    word: str
    tag: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind the word."""
        return self.start + len(self.word)


@cache
def _tagger() -> Any:
    """A tagger of our own, so that our words do not change jieba for the program that uses us."""
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    tagger = jieba.posseg.POSTokenizer(tokenizer)
    ours = (("ns", lexicon.places()), ("nt", lexicon.organisations()), ("nr", lexicon.words("people")))
    for tag, words in ours:
        for word in words:
            if len(word) > 1:
                tokenizer.add_word(word, tag=tag)
                tagger.word_tag_tab[word] = tag
    return tagger


def tokens(text: str) -> list[Token]:
    """The words of a text in order."""
    found = []
    position = 0
    for pair in _tagger().cut(text):
        start = text.find(pair.word, position)
        if start >= 0:
            found.append(Token(pair.word, pair.flag, start))
            position = start + len(pair.word)
    return found


def frequency(word: str) -> int:
    """How often a word occurs in the texts that jieba's dictionary was counted on; 0 where it is not listed."""
    return int(_tagger().tokenizer.FREQ.get(word) or 0)
