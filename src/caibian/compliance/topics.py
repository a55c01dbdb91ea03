"""Topics that a house's models are not asked about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caibian.errors import CaibianError, ConfigError
from caibian.text import normalize, to_simplified

_SAYS = {
    "zh": "本单位的设置不向模型提问与“{name}”有关的内容，请人工处理。",
    "en": "This house has set that its models are not asked about “{name}”; please handle it without them.",
}
# Marks that no reader sees, selectors of another look among them (Unicode's Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# 赌 博, 赌*博, 赌|博; what ends a clause does divide.
_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])[\s·•・.*_、|/\\+~#@&^=<>()\[\]{}'\"`-]+(?=[\u4e00-\u9fff])")


class RefusedTopic(CaibianError):
    """Somebody asked about a topic that the house has ruled out; the message is the house's wording."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class TopicRule:
    """One topic: regular expressions that tell it, and what is answered instead (by language; ours where absent)."""

    name: str
    patterns: Sequence[str]
    says_zh: str | None = None
    says_en: str | None = None


class Topics:
    """The topics of a house, ready to be looked for.

    Patterns are searched without regard to case, width, Chinese script, and spaces or dots between Chinese characters.

    Raises:
        ConfigError: a pattern is no regular expression; the message names it.
    """

    def __init__(self, rules: Iterable[TopicRule]) -> None:
        self._rules = [(rule, _compiled(rule)) for rule in rules]

    def check(self, texts: Iterable[str], language: str) -> None:
        """Refuse texts that touch a topic.

        Raises:
            RefusedTopic: with the house's words in `language` (English for any but Chinese).
        """
        if not self._rules:
            return
        for text in texts:
            seen = _plain(text)
            for rule, patterns in self._rules:
                if any(pattern.search(form) for pattern in patterns for form in seen):
                    raise RefusedTopic(rule.name, _says(rule, language))


def _says(rule: TopicRule, language: str) -> str:
    chinese = language == "zh"
    own = rule.says_zh if chinese else rule.says_en
    return own or _SAYS["zh" if chinese else "en"].format(name=rule.name)


def _compiled(rule: TopicRule) -> list[re.Pattern[str]]:
    compiled = []
    for place, pattern in enumerate(rule.patterns):
        try:
            compiled.append(re.compile(_one_form(pattern), re.IGNORECASE | re.MULTILINE))
        except re.error as error:
            raise ConfigError(
                f"topics.{rule.name}.patterns[{place}]: no regular expression ({error}), got {pattern!r}"
            ) from None
    return compiled


def _one_form(text: str) -> str:
    return to_simplified(unicodedata.normalize("NFKC", text))


def _plain(text: str) -> tuple[str, ...]:
    """A text as patterns see it, and once more with nothing between its Chinese characters."""
    seen = to_simplified(normalize(_INVISIBLE.sub("", text)))
    closed = _BETWEEN_HAN.sub("", seen)
    return (seen,) if closed == seen else (seen, closed)
