"""Words of a Chinese text with their parts of speech, from jieba, which is loaded on first use."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from caibian.grounding import lexicon

PERSON_TAGS = ("nr", "nrt", "nrfg")
PROPER_TAGS = (*PERSON_TAGS, "ns", "nt", "nz", "eng")

_loading = threading.Lock()
_loaded: list[Any] = []


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


def _tagger() -> Any:
    """The one tagger. Threads that want it at the same moment wait for one that loads it: it takes a second, and memory."""
    if not _loaded:
        with _loading:
            if not _loaded:
                _loaded.append(_load())
    return _loaded[0]


def _load() -> Any:
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
