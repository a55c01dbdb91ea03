"""Answers that repeat what the model was given: the instruction, the input, or the form of the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from caibian.similarity import fold, longest_common_substring
from caibian.tasks import TaskCard, extract
from caibian.tasks.prompt import instruction, variants
from caibian.text import HAN

_ANSWER_CHARACTERS = 3000  # looked at of an answer, and of what was given: finding a run costs their product
_GIVEN_CHARACTERS = 12_000
_OF_INSTRUCTION = 0.6  # in one run: less may be chance, for headlines say 新闻 too
_OF_ANSWER = 0.8
_LEAST = {True: 8, False: 24}  # folded characters of a run that is no chance: Chinese, other scripts
_LEAST_INPUT = {True: 45, False: 160}  # a sentence may be taken over; this is more than one
_LEAST_LABEL = {True: 12, False: 40}  # whoever should name a label and recites the text
_OF_LABEL = 0.7  # of such an answer: less may be the topic that it names
_LEAST_PIECE, _ALL = {True: 6, False: 14}, 0.95
_HAN = re.compile(f"[{HAN}]")
_FIELDS = (
    "新闻|正文|标题|文本|输入|输出|答案|回答|情感|情感倾向|类别|标签|问题|指令|用户|助手|text|input|output|answer|label|sentiment|"
    "headline|story|question|instruction|user|assistant|human|article|category|النص|الإجابة|التصنيف|पाठ|उत्तर|लेबल"
)
# A new turn or a new example after the answer: what a model does that was not told to stop.
_TURN = re.compile(
    r"<\|?(?:im_start|im_end|endoftext|eot_id|start_header_id|user|assistant|system)\|?>|\[/?INST\]|<<SYS>>|</?s>|<(?:start|end)_of_turn>|"
    r"^\s*#{2,4}\s*(?:Instruction|Response|Input|Output|指令|输入|输出|回答|User|Assistant)\b.*$|"
    r"^\s*(?:User|Assistant|Human|System|用户|助手)\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = re.compile(r"<\|?[a-z_]+\|?>(?:\s*(?:user|assistant|system)\b)?", re.IGNORECASE)
_FIELD_LINE = re.compile(rf"^\s*(?:{_FIELDS})\s*\d*\s*[:：]", re.IGNORECASE | re.MULTILINE)
_FIELD_LINES = 2  # so many of them after the first line are another example


def copied_instruction(answer: str, asked: str, card: TaskCard | None, language: str) -> str | None:
    """The run of the instruction that an answer repeats: most of the instruction, or most of the answer."""
    wordings = {asked}
    if card is not None and language in card.instructions:
        wordings |= {instruction(card, language, k) for k in range(variants(card, language))}
    answer = answer[:_ANSWER_CHARACTERS]
    # 这条新闻的情感倾向是中性 takes up the question, and a JSON document its keys: only most of the instruction is a copy.
    free = (
        card is None
        or card.output.kind == "text"
        or (card.output.kind == "label" and extract(card, answer, language) is None)
    )
    label = card if card is not None and card.output.kind == "label" else None
    if label is not None:
        answer = _without_labels(answer, label)
    folded = fold(answer)
    for wording in sorted(wordings, key=lambda text: (text != asked, text)):
        if label is not None:
            wording = _without_labels(wording, label)
        run = longest_common_substring(wording[:_GIVEN_CHARACTERS], answer)
        if len(run) < _LEAST[_is_chinese(run)]:
            continue
        of_answer = free and len(run) >= _OF_ANSWER * len(folded)
        if len(run) >= _OF_INSTRUCTION * len(fold(wording)) or of_answer:
            return run
    return None


def copied_input(answer: str, given: str, card: TaskCard | None) -> str | None:
    """The run of the input that makes up most of an answer and is longer than one sentence; of a label's answer, a shorter
    one. None where the card wants the source's own words."""
    if card is not None and _OWN_WORDS_OF_SOURCE & set(card.checks):
        return None
    if card is not None and card.output.kind == "json":
        return None
    label = card is not None and card.output.kind == "label"
    answer = answer[:_ANSWER_CHARACTERS]
    run = longest_common_substring(answer, given[:_GIVEN_CHARACTERS])
    chinese = _is_chinese(run)
    share = len(run) / (len(fold(answer)) or 1)
    if card is None or not label:
        return run if len(run) >= _LEAST_INPUT[chinese] and share >= _OF_ANSWER else None
    recites = len(run) >= _LEAST_LABEL[chinese] and share >= _OF_LABEL
    # The other thing, it's nice: nothing but a piece of the text, and no label.
    piece = len(run) >= _LEAST_PIECE[chinese] and share >= _ALL
    return run if recites or (piece and extract(card, answer, "en") is None) else None


# Checks of cards whose answer is, or nearly is, the source: proof-reading, quotations, changes of script.
_OWN_WORDS_OF_SOURCE = frozenset(
    {"lines_in_source", "close_to_source", "same_words", "script", "values_in_source"}
)


def without_turns(answer: str) -> str:
    """The answer without the marks of a chat."""
    return _MARKS.sub(" ", answer)


def leaked_turn(answer: str, shots: Sequence[str] = ()) -> str | None:
    """Where an answer goes on with the form of the prompt: marks of a chat, a new turn, another example, or the text of an
    example that was shown."""
    if match := _TURN.search(answer):
        return match.group().strip()
    _, _, rest = answer.strip().partition("\n")
    fields = [match.group().strip() for match in _FIELD_LINE.finditer(rest)]
    if len(fields) >= _FIELD_LINES and len({fold(field) for field in fields}) >= _FIELD_LINES:
        return fields[0]
    return _shot(answer, shots)


def _shot(answer: str, shots: Iterable[str]) -> str | None:
    folded = fold(answer[:_ANSWER_CHARACTERS])
    for shot in shots:
        run = longest_common_substring(answer[:_ANSWER_CHARACTERS], shot[:_GIVEN_CHARACTERS])
        least = _LEAST_LABEL[_is_chinese(run)]
        if len(run) >= least and len(run) >= 0.5 * len(folded):
            return run
    return None


def _is_chinese(run: str) -> bool:
    """Whether a run counts as Chinese: 伦敦fashionweek does not, a Han character standing for three letters."""
    han = len(_HAN.findall(run))
    return 3 * han >= len(run) - han and han > 0


def _without_labels(answer: str, card: TaskCard) -> str:
    """The answer without the labels' words, which stand in the instruction by right."""
    words = {word for wording in card.output.labels.values() for word in wording.all_words()}
    for word in sorted(words, key=len, reverse=True):
        answer = re.sub(re.escape(word), " ", answer, flags=re.IGNORECASE)
    return answer
