"""Names of organisations and teams among the words of a Chinese text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from caibian.grounding import lexicon
from caibian.grounding.chinese_tokens import PROPER_TAGS, Token
from caibian.grounding.folding import listed

_PARTS = listed("n b vn j f s ns nt nz nr nrt nrfg eng an ng m a")
_MOST_PARTS = 7  # words before the last of an organisation
_TEAM_TAGS = tuple(tag for tag in PROPER_TAGS if tag != "eng")
_ORGANISATION_END = re.compile(
    r"(?:[队局联报社会院校部委厅所行厂馆司团党署台军盟]|大学|中心|机场|银行|集团|组织|政府|协|检)$"
)
_TEAM_END = re.compile(r"[队杯报奖]$")


def find_organisations(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Known organisations, and words that end as one does and begin with a proper name."""
    for index, token in enumerate(tokens):
        if _is_organisation(token):
            yield token.start, token.end
        # 皇家马德里 队 and 巴西 队 are teams where the tagger leaves them apart.
        if token.word == "队" and index and tokens[index - 1].tag in _TEAM_TAGS:
            yield tokens[index - 1].start, token.end
        if not _ends_organisation(token.word):
            continue
        first = index
        opened = None
        if token.tag == "nt":
            opened = index
        while first > 0 and index - first < _MOST_PARTS and tokens[first - 1].tag in _PARTS:
            first -= 1
            if tokens[first].tag in PROPER_TAGS and tokens[first].word not in lexicon.words("not_names"):
                opened = first
        if opened is not None and len(token.word) + token.start - tokens[opened].start >= 4:
            yield tokens[opened].start, token.end


def _is_organisation(token: Token) -> bool:
    word = token.word
    if word in lexicon.words("not_names") or word in lexicon.words("organisation_suffixes"):
        return False
    if token.tag in ("nt", "nz") and word in lexicon.organisations():
        return True
    if len(word) < 3:
        return False
    return (token.tag == "nt" and bool(_ORGANISATION_END.search(word))) or (
        token.tag == "nz" and bool(_TEAM_END.search(word))
    )


@cache
def _long_suffixes() -> tuple[str, ...]:
    return tuple(s for s in lexicon.words("organisation_suffixes") if len(s) >= 2)


def _ends_organisation(word: str) -> bool:
    if len(word) == 3 and word[-1] in "局厅署" and word not in lexicon.words("not_names"):  # 调查局
        return True
    return word in lexicon.words("organisation_suffixes") or (
        len(word) > 4 and word.endswith(_long_suffixes())
    )
