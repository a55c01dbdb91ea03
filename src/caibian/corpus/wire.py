"""Headlines as wire services send them: slugs in brackets at the head, 特稿 (feature) forms.

（体育）新人王赛开战               →  新人王赛开战, section 体育
（关注献血者日）（锐新闻）标题      →  标题, section 关注献血者日/锐新闻
【微特稿·科技与新知】标题           →  标题, section 微特稿·科技与新知
1月29日特稿（韩国—海军涉腐）        →  韩国—海军涉腐, section 特稿
新华社特稿：标题                    →  标题, section 特稿
"""

from __future__ import annotations

import re

_OPEN, _CLOSE = "（(［[【〔", "）)］]】〕"
_LONGEST_SLUG = 30  # characters; a longer bracket at the head is part of the sentence
# 特稿 stands for the form only before a colon, a bar, a dash, a bracket or a space: 特稿写作班开班 is a headline.
_FEATURE = re.compile(
    r"\s*(?:新华社)?\s*(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}日)?(?:电)?\s*((?:新华)?(?:微|小)?特稿)"
    rf"(?:\s*[:：|｜丨]\s*|\s*——?\s*|\s+|(?=[{re.escape(_OPEN)}]))"
)
_NUMBER = re.compile(r"[\d一二三四五六七八九十]+")  # （锐视角）（4）: a place in a series, no section
_BETWEEN = " \t\n\u3000:：—"  # what may stand between a slug and its headline
_LEVELS = re.compile(rf"[{re.escape(_OPEN + _CLOSE)}]+")


def split_headline(headline: str) -> tuple[str, str | None]:
    """Take slugs and feature forms off a headline.

    Returns the headline without them and the section they name (several joined with `/`), or None. What would
    leave no headline stays: a headline that is nothing but a bracket is kept as it is.
    """
    rest = headline.strip()
    sections: list[str] = []
    while True:
        if match := _FEATURE.match(rest):
            name, remainder = match.group(1), rest[match.end() :].strip()
            inner, after = _bracket(remainder)
            if inner and not after:  # the whole headline stands in the bracket
                return inner.strip(), _joined([*sections, name])
        else:
            inner, after = _bracket(rest)
            if inner is None or len(inner) > _LONGEST_SLUG:
                break
            name, remainder = _LEVELS.sub("·", inner).strip(" ·"), after.lstrip(_BETWEEN)
        if not remainder:
            break
        sections.append(name)
        rest = remainder
    return rest, _joined(sections)


def _joined(sections: list[str]) -> str | None:
    named = [section for section in sections if section and not _NUMBER.fullmatch(section)]
    return "/".join(dict.fromkeys(named)) or None


def _bracket(text: str) -> tuple[str | None, str]:
    """The content of the bracket that opens `text`, with what is nested in it, and what follows; None where
    there is none or it never closes. Kinds may mix, as in （港澳台)."""
    if text[:1] not in tuple(_OPEN):
        return None, text
    depth = 0
    for position, character in enumerate(text):
        depth += (character in _OPEN) - (character in _CLOSE)
        if depth == 0:
            return text[1:position], text[position + 1 :]
    return None, text
