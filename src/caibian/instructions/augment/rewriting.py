"""Inputs in other words by a model: a paraphrase, or a translation into another language and back.

The model's text takes the place of the input only if it says the same: every number, date and name (and, for texts
and documents, quotation) of the one stands in the other, both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from caibian.grounding import KINDS, Kind, unsupported
from caibian.instructions.augment.config import BackTranslation, ModelAmount
from caibian.instructions.augment.jobs import Job, Refused, Span, edited, passages
from caibian.models.chat import ChatModel, Options
from caibian.records import Example, Message
from caibian.similarity import fold, jaccard, longest_common_substring_ratio
from caibian.tasks.checks import phrases
from caibian.text import language_of

_PARAPHRASE = {
    "zh": (
        "用另一种说法改写下面这段文字，意思不增不减，数字、日期、名称和引语原样保留。只写改写后的文字。",
        "把下面的话换个说法重讲一遍：句式和用词都可以变，事实一个不能变，引号里的话一字不动。只输出结果。",
        "请重新表述以下内容，调整语序和措辞，不加评论，不漏掉任何数字、时间、人名和地名。直接给出新的文字。",
    ),
    "en": (
        "Say the text below in other words. Keep its meaning, and every number, date, name and quotation as it is. "
        "Write only the new text.",
        "Rewrite the following: sentences and wording may change, no fact may, and what stands in quotation marks stays. "
        "Give only the result.",
        "Rephrase this text. Add nothing, leave nothing out, and do not comment. Answer with the rephrased text alone.",
    ),
    "ar": (
        "أعد صياغة النص التالي بكلمات أخرى مع الحفاظ على المعنى والأرقام والتواريخ والأسماء والاقتباسات. اكتب النص الجديد فقط.",
    ),
    "hi": (
        "नीचे दिए गए पाठ को दूसरे शब्दों में लिखिए। अर्थ, संख्याएँ, तिथियाँ, नाम और उद्धरण वही रहें। केवल नया पाठ लिखिए।",
    ),
}
_TRANSLATE = {
    "zh": "把下面的文字译成中文，数字、日期、名称和引语一一对应，不增不减。只写译文。",
    "en": "Translate the text below into English, every number, date, name and quotation included, adding nothing. "
    "Write only the translation.",
    "ar": "ترجم النص التالي إلى العربية بكل ما فيه من أرقام وتواريخ وأسماء واقتباسات دون إضافة. اكتب الترجمة فقط.",
    "hi": "नीचे दिए गए पाठ का हिंदी में अनुवाद कीजिए, सभी संख्याओं, तिथियों, नामों और उद्धरणों सहित। केवल अनुवाद लिखिए।",
}
_LEAST_CHARACTERS = 8  # of a field's text: a shorter one has no other words
_SHORTEST, _LONGEST = 0.5, 2.0  # of the old text's characters
_SAME = 0.95  # Jaccard similarity of shingles from which nothing was rewritten
_COPIED_PROMPT = 0.6  # of the prompt, in one run of the answer

Result = Example | Refused
Part = tuple[Job, str]  # a job, and the text of one field of its input
Ask = Callable[[Sequence[Part], Options], list[str | Refused]]


def paraphrased(jobs: Sequence[Job], settings: ModelAmount, model: ChatModel, seed: int) -> list[Result]:
    """Each job's example with its input in other words, or why there is none."""

    def ask(parts: Sequence[Part], options: Options) -> list[str | Refused]:
        return _said(model, [(_wording(job), text) for job, text in parts], options)

    return _rewritten(jobs, settings, seed, ask)


def back_translated(
    jobs: Sequence[Job], settings: BackTranslation, model: ChatModel, seed: int
) -> list[Result]:
    """Each job's example with its input put into another language and back, or why there is none."""
    through = {str(language): str(other) for language, other in settings.through.items()}

    def ask(parts: Sequence[Part], options: Options) -> list[str | Refused]:
        others = [through[job.example.language] for job, _ in parts]
        asked = [(_TRANSLATE[other], text) for other, (_, text) in zip(others, parts, strict=True)]
        results: list[str | Refused] = [
            there if isinstance(there, Refused) or language_of(there) == other else Refused("not_translated")
            for there, other in zip(_said(model, asked, options), others, strict=True)
        ]
        good = [(at, there) for at, there in enumerate(results) if isinstance(there, str)]
        asked = [(_TRANSLATE[parts[at][0].example.language], there) for at, there in good]
        for (at, _), back in zip(good, _said(model, asked, options), strict=True):
            results[at] = back
        return results

    able = [job for job in jobs if job.example.language in through]
    made = iter(_rewritten(able, settings, seed, ask))
    return [next(made) if job.example.language in through else Refused("no_language") for job in jobs]


def _rewritten(jobs: Sequence[Job], settings: ModelAmount, seed: int, ask: Ask) -> list[Result]:
    """Every field's text of every input is asked for; one that comes to nothing costs its whole example."""
    results: list[Result] = []
    fields = [_fields(job) for job in jobs]
    answers: dict[tuple[int, Span], str | Refused] = {}
    places = sorted(
        ((job.copy, number, span) for number, job in enumerate(jobs) for span in fields[number]),
        key=lambda place: place[0],
    )
    for copy, group in groupby(places, key=lambda place: place[0]):
        options = Options(settings.max_tokens, settings.temperature, seed=seed + copy)
        own = [(number, span) for _, number, span in group]
        for first in range(0, len(own), settings.batch):
            batch = own[first : first + settings.batch]
            parts = [(jobs[number], jobs[number].example.input[slice(*span)]) for number, span in batch]
            for place, part, said in zip(batch, parts, ask(parts, options), strict=True):
                answers[place] = said if isinstance(said, Refused) else _same_content(part, said)
    for number, job in enumerate(jobs):
        own_answers = [answers[number, span] for span in fields[number]]
        refused = next((one for one in own_answers if isinstance(one, Refused)), None)
        edits = [(*span, str(said)) for span, said in zip(fields[number], own_answers, strict=True)]
        if not edits:
            refused = Refused("too_short")
        results.append(refused or job.with_input(edited(job.example.input, edits)))
    return results


def _fields(job: Job) -> list[Span]:
    text = job.example.input
    return [
        (start, end)
        for start, end in passages(job.card, text, job.example.language)
        if len(fold(text[start:end])) >= _LEAST_CHARACTERS
    ]


def _said(model: ChatModel, asked: Sequence[tuple[str, str]], options: Options) -> list[str | Refused]:
    """The model's text for each prompt and text; or why it is none."""
    conversations: list[list[Message]] = [
        [{"role": "user", "content": f"{prompt}\n\n{text}"}] for prompt, text in asked
    ]
    answers = model.generate(conversations, options) if conversations else []
    results: list[str | Refused] = []
    for (prompt, text), answer in zip(asked, answers, strict=True):
        said = answer.text.strip()
        chatter = any(
            pattern.search(said) and not pattern.search(text)
            for pattern in (phrases.LEAD_IN, phrases.CHATTER_AFTER)
        )
        if answer.finish_reason == "error":
            results.append(Refused("model_error"))
        elif answer.finish_reason == "length":
            results.append(Refused("cut_short"))
        elif not said:
            results.append(Refused("empty_answer"))
        elif longest_common_substring_ratio(prompt, said) >= _COPIED_PROMPT:
            results.append(Refused("prompt_copied"))
        else:
            results.append(Refused("chatter") if chatter else said)
    return results


def _same_content(part: Part, new: str) -> str | Refused:
    """The new text, if it says what the old one says, and says it otherwise."""
    job, old = part
    language = job.example.language
    if language_of(new) != language_of(old):
        return Refused("wrong_language")
    if not _SHORTEST * len(old) <= len(new) <= _LONGEST * len(old):
        return Refused("other_length")
    if fold(new) == fold(old) or jaccard(new, old) >= _SAME:
        return Refused("unchanged")
    kinds: tuple[Kind, ...] = KINDS if job.card.output.kind != "label" else ("number", "date", "name")
    if unsupported(old, new, language, kinds=kinds):
        return Refused("facts_lost")
    if unsupported(new, old, language, kinds=kinds):
        return Refused("facts_added")
    return new


def _wording(job: Job) -> str:
    wordings = _PARAPHRASE.get(job.example.language, _PARAPHRASE["en"])
    return wordings[job.seed % len(wordings)]
