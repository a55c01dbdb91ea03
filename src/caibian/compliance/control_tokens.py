"""Control tokens of chat templates in a text: made harmless in a way that people see and that can be undone.

A dot is put behind the first character of whatever reads like one: <|im_end|> becomes <·|im_end|>, which no tokenizer
takes for the end of a turn. `reveal` takes it out again.
"""

from __future__ import annotations

import re

_DOT = "·"
_GAP = r"[\s\u200b-\u200f\u2060-\u2064\ufeff\u00ad]{0,3}"  # a token written apart is one that some reader may join
_NAMES = (
    r"s|bos|eos|pad|unk|sep|cls|mask|sop|eop|start_of_turn|end_of_turn|start_of_image|think|tool_call|tool_response|tools|"
    r"function_calls?|system|user|assistant|human|turn|instructions?"
)
_WORDS = (
    r"INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK|sMASK|IMG|PREFIX|MIDDLE|SUFFIX"
)


def _apart(names: str) -> str:
    """The names with a gap allowed after each of their letters."""
    return "|".join(
        "".join(f"{c}{_GAP}" if c.isalnum() or c == "_" else c for c in name) for name in names.split("|")
    )


_TOKEN = re.compile(
    rf"(?P<open>[<＜](?=(?P<dots>{_DOT}*){_GAP}[|｜]{_GAP}[^<>＜＞\n]{{1,60}}?[|｜]{_GAP}[>＞])"  # <|anything|>
    rf"|[<＜](?=(?P<dots2>{_DOT}*){_GAP}/?{_GAP}(?:{_apart(_NAMES)})[>＞])"  # <s>, </s>, <start_of_turn>
    rf"|[\[［](?=(?P<dots3>{_DOT}*){_GAP}/?{_GAP}(?:{_apart(_WORDS)})[\]］])"  # [INST]
    rf"|[<＜](?=(?P<dots4>{_DOT}*){_GAP}[<＜]{_GAP}/?{_GAP}(?:{_apart('SYS')})[>＞])"  # <<SYS>>
    rf"|[#＃](?=(?P<dots5>{_DOT}*){_GAP}[#＃]{{2}}\s?(?:Instruction|Response|Input|System|User|Assistant|Human|指令|回答)\s?[:：]))",
    re.IGNORECASE,
)


def neutralise(text: str) -> str:
    """The text with a dot in each control token."""
    return _TOKEN.sub(lambda match: match["open"] + _DOT, text)


def reveal(text: str) -> str:
    """The text as it was before `neutralise`; one dot less in each token that has any."""
    parts: list[str] = []
    at = 0
    for match in _TOKEN.finditer(text):
        dots = next((match[name] for name in ("dots", "dots2", "dots3", "dots4", "dots5") if match[name]), "")
        if dots:
            parts.append(text[at : match.end()])
            at = match.end() + 1
    return "".join([*parts, text[at:]])


def has_control_tokens(text: str) -> bool:
    """Whether a text holds a control token that is not neutralised."""
    return any(
        not any(match[name] for name in ("dots", "dots2", "dots3", "dots4", "dots5"))
        for match in _TOKEN.finditer(text)
    )
