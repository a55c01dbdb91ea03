"""Backwards building: the published story is the output; what may have lain on the desk before it is made from it.

What is made is verified: every number, name and quotation of it must stand in the story, or the pair is refused. The
idea is that of MediaGPT's and Humpback's back-translated instructions (Li et al. 2023), with code in place of a model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from caibian.instructions.datelines import strip_dateline
from caibian.instructions.prose import overlap
from caibian.instructions.story import Story
from caibian.similarity import longest_common_substring_ratio
from caibian.tasks import size
from caibian.tasks.card import Part
from caibian.text import sentence_spans

_COPIED = 0.5  # of the story in one run: an input that holds so much of it teaches to copy
_MIN_FACTS = 3  # numbers, dates, names and quotations: with fewer a table says nothing
_MAX_ROWS = 24
_BULLET = "● "
_MAX_NAMES = 8
_QUOTE_CHARS = 8  # a shorter quotation is a word in inverted commas
_LEAST_COVERED = (
    0.4  # of the story's character pairs: what the input does not hold the model would learn to invent
)
_CLAUSE_CHARS = {"zh": 36}
_CLAUSE_CHARS_ELSEWHERE = 110

_WORDS = {
    "zh": {
        "event": "事件", "point": "要点", "time": "时间", "names": "相关人物、机构和地点", "figure": "数据", "quote": "原话",
        "release": "关于{title}的新闻通稿", "points": "有关情况如下：", "contact": "供稿单位欢迎各媒体采用并予以广泛宣传报道。",
    },
    "en": {
        "event": "Event", "point": "Point", "time": "When", "names": "Who and where", "figure": "Figures", "quote": "Quote",
        "release": "PRESS RELEASE: {title}", "points": "Key points:", "contact": "The press office welcomes wide coverage.",
    },
}  # fmt: skip
_PUFF = {
    "zh": ("在各级领导的高度重视和社会各界的大力支持下，", "据介绍，这一举措得到了广泛好评。", "为广大群众交上了一份满意的答卷。"),
    "en": ("We are thrilled and proud to announce:", "The initiative has been warmly welcomed.", "Exciting times lie ahead."),
}  # fmt: skip
_SUBHEADING = re.compile(r"^(?:【[^】]*】|[（(][一二三四五六七八九十][）)].{0,20})$")
_LAST_WORDS = re.compile(r"[（(](?:完|本报综合|责编|编辑|记者|参与记者|据新华社)[^（）()]{0,40}[）)]\s*$")
_CLAUSE_END = re.compile(r"[，,；;。.！!？?\n](?!\d)")
# What a notebook leaves out: attributions and joints of running prose.
_JOINTS = {
    "zh": re.compile(
        r"(?:据了解|据悉|据介绍|记者(?:从.{2,20}?)?(?:获悉|了解到|看到)|与此同时|此外|另外|同时|目前|其中|而且|并且|不过|然而|因此|所以)[，,]?"
        r"|(?<=[一-龥])(?:介绍|表示|指出|强调|透露)(?:说|称)?[，：,:]?"
    ),
    "en": re.compile(
        r"\b(?:according to [^,]{3,40}, |meanwhile,? |in addition,? |however,? |moreover,? |the |an? (?=[a-z]))",
        re.IGNORECASE,
    ),
}


def published_text(story: Story, most: int) -> str:
    """The story without dateline and copies of its headline, cut behind the last whole paragraph or sentence that
    fits `most` characters; a report says first what matters most, so its head is a report too."""
    text = strip_dateline(story.body_beside_title, story.language)
    lines = (_LAST_WORDS.sub("", line).strip() for line in text.splitlines())
    paragraphs = [line for line in lines if line and not _SUBHEADING.match(line)]
    kept: list[str] = []
    for paragraph in paragraphs:
        if size("".join([*kept, paragraph]), story.language) > most:
            break
        kept.append(paragraph)
    if kept:
        return "\n".join(kept)
    first = paragraphs[0] if paragraphs else ""
    ends = [
        end for _, end in sentence_spans(first, story.language) if size(first[:end], story.language) <= most
    ]
    return first[: ends[-1]].strip() if ends else ""


def made_input(wanted: Mapping[str, Sequence[Part]], title: str, text: str, language: str) -> dict[str, str]:
    """The card's input fields, each out of the parts it asks for, made from the story."""
    makers = {"facts_table": facts_table, "brief": brief, "notes": notes, "press_release": press_release}
    return {
        field: "\n".join(makers[part](title, text, language) for part in parts)
        for field, parts in wanted.items()
    }


def refusal(given: str, title: str, text: str, language: str) -> str | None:
    """Why a made input and its story are no pair; None where they are."""
    from caibian.grounding import find, unsupported

    source = f"{title}\n{text}"
    for kind in ("number", "name", "quote"):
        if unsupported(given, source, language, kinds=(kind,)):
            return f"made_{kind}_not_in_story"
    if len(find(given, language)) < _MIN_FACTS:
        return "made_input_too_thin"
    if longest_common_substring_ratio(text, given) > _COPIED:
        return "made_input_holds_story"
    if overlap(text, given) < _LEAST_COVERED:
        return "story_not_in_input"
    return None


def facts_table(title: str, text: str, language: str) -> str:
    """A row for the event, the times, the names, each clause with a figure, and each quotation."""
    from caibian.grounding import find

    words = _words(language)
    mentions = find(text, language)
    rows = [(words["event"], title)] if title else []
    times = _distinct([m.text for m in mentions if m.kind == "date"])
    names = _distinct([m.text for m in mentions if m.kind == "name"])[:_MAX_NAMES]
    separator = "、" if language == "zh" else ", "
    rows += [(words["time"], separator.join(times[:4]))] if times else []
    rows += [(words["names"], separator.join(names))] if names else []
    marks = "“{}”" if language == "zh" else '"{}"'
    for start, end in sentence_spans(text, language):
        inside = [m for m in mentions if start <= m.start and m.end <= end]
        figures = [_clause(text, m.start, m.end, language) for m in inside if m.kind == "number"]
        quotes = [m.text for m in inside if m.kind == "quote" and len(m.text) >= _QUOTE_CHARS]
        rows += [(words["figure"], clause) for clause in _distinct(figures)]
        rows += [(words["quote"], marks.format(quote)) for quote in _distinct(quotes)]
        if not figures and not quotes:
            rows.append((words["point"], _longest_clause(text[start:end])))
    colon = "：" if language == "zh" else ": "
    return "\n".join(f"{name}{colon}{value}" for name, value in rows[:_MAX_ROWS] if value)


def brief(title: str, text: str, language: str) -> str:
    """The flash that went out first: the headline as a sentence, or the story's first clause."""
    stop = "。" if language == "zh" else "."
    first = title or _CLAUSE_END.split(text, maxsplit=1)[0]
    return first.replace(" ", "，" if language == "zh" else " ").rstrip("。.") + stop


def notes(title: str, text: str, language: str) -> str:
    """What a reporter may have jotted down: the sentences without their joints, a dash each, the headline's event last.

    The order is not the story's, whose art it is to find one: sentences with quotations and figures come first.
    """
    joints = _JOINTS.get(language)
    lines = []
    for start, end in sentence_spans(text, language):
        line = text[start:end].strip().rstrip("。.")
        line = joints.sub("", line) if joints else line
        if line:
            lines.append((not re.search(r"[“\"]", line), not re.search(r"\d", line), line))
    ordered = [line for _, _, line in sorted(lines, key=lambda item: item[:2])]
    return "\n".join(f"- {line}" for line in [*ordered, *([title] if title else [])])


def press_release(title: str, text: str, language: str) -> str:
    """What the publisher's press office may have sent: the same facts as points between its own praise."""
    words, puff = _words(language), _PUFF.get(language, _PUFF["en"])
    sentences = [text[start:end].strip() for start, end in sentence_spans(text, language)]
    points = [f"{_BULLET}{sentence}" for sentence in [*sentences[1:], *sentences[:1]]]
    middle = len(points) // 2
    lines = [
        words["release"].format(title=title),
        puff[0] + words["points"],
        *points[:middle],
        puff[1],
        *points[middle:],
    ]
    return "\n".join([*lines, puff[2], words["contact"]])


def _clause(text: str, start: int, end: int, language: str) -> str:
    """The clause around a mention, at most as long as a row of a table holds."""
    most = _CLAUSE_CHARS.get(language, _CLAUSE_CHARS_ELSEWHERE)
    left = max((match.end() for match in _CLAUSE_END.finditer(text, 0, start)), default=0)
    found = _CLAUSE_END.search(text, end)
    right = found.start() if found else len(text)
    if right - left > most:
        left, right = max(left, start - most // 2), min(right, end + most // 2)
    return text[left:right].strip().strip('“”"')


def _longest_clause(sentence: str) -> str:
    return max(_CLAUSE_END.split(sentence), key=len).strip().strip('“”"')


def _words(language: str) -> dict[str, str]:
    return _WORDS["zh" if language == "zh" else "en"]


def _distinct(texts: Sequence[str]) -> list[str]:
    """Texts without repeats and without those that stand inside a longer one."""
    once = list(dict.fromkeys(texts))
    return [text for text in once if not any(text != other and text in other for other in once)]
