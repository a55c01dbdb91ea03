"""One article and one card in, one example out, or the name of the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caibian.instructions.config import CardSettings, FactKind, InstructionsConfig
from caibian.instructions.leads import find_lead
from caibian.instructions.prose import alike, fold, fold_with_offsets, pairs, prepare
from caibian.instructions.removal import LEAK_LEAD, LEAK_TITLE, SAME_SENTENCE, leaks, remove
from caibian.instructions.titles import clean_title, refusal, truncated
from caibian.instructions.window import cut, cut_with_evidence
from caibian.records import Article
from caibian.tasks import TaskCard, extract, label_wording, render_input, size
from caibian.tasks.prompt import field_prefix
from caibian.text import language_of

# The form of a published output is held to the same checks as a model's answer.
_FORM_CHECKS = {"length", "single_line", "no_clickbait", "no_lead_ins", "language"}


@dataclass(frozen=True, slots=True)
class Draft:
    """An example but for its instruction."""

    article: Article
    language: str
    input: str
    output: str
    source_text: str  # what the input was cut from, the output removed
    label: str | None = None  # canonical id, for label cards

    def unsupported(self, kinds: Sequence[FactKind]) -> int:
        """How many facts of these kinds in a text output its input does not hold; 0 for labels."""
        from caibian.grounding import unsupported

        if self.label is not None:
            return 0
        published = self.article.published_at
        found = unsupported(
            self.output, self.input, self.language, kinds=tuple(kinds), published_at=published
        )
        return len(found)


class Refused(Exception):
    """The article gives no example for this card; the argument is the reason's name."""


def draft(
    article: Article, card: TaskCard, settings: CardSettings, config: InstructionsConfig
) -> Draft | str:
    """The example of one article for one card, or the reason's name."""
    try:
        return _draft(article, card, settings, config)
    except Refused as reason:
        return str(reason)


def _draft(article: Article, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft:
    assert card.build is not None  # the configuration refuses cards without
    language = article.language or language_of(article.body)
    if language not in card.instructions or (config.languages and language not in config.languages):
        raise Refused("language_not_wanted")
    title = clean_title(article.title or "")
    body = prepare(article.body, language)
    if title:
        body = remove(body, title, language, holders=card.build.output == "title")
    label: str | None = None
    if card.build.output == "title":
        output = _title_output(title, article, settings, config, body)
    elif card.build.output == "lead":
        output, body = _lead_output(article, card, title, body, language)
    else:
        output, label = _label_output(article, card, language)
    if label is None:
        _check_form(output, article, card, language)

    least = settings.min_input_chars or card.build.min_input_chars
    sources = {"title": title, "body": body}
    if size(body, language) < least and "title" not in _flat(card):
        raise Refused("body_too_short")
    text, source = _render(
        article, card, settings, config, sources, output if label is None else None, language
    )
    if size(source, language) < least:
        raise Refused("body_too_short")
    if label is None:
        _check_no_leak(card, output, text, body)
    return Draft(article, language, text, output, source, label)


def _flat(card: TaskCard) -> set[str]:
    assert card.build is not None
    return {part for parts in card.build.input.values() for part in parts}


def _title_output(
    title: str, article: Article, settings: CardSettings, config: InstructionsConfig, body: str
) -> str:
    if not title:
        raise Refused("no_title")
    if truncated(title):
        raise Refused("title_truncated")
    if settings.plain_titles and (reason := refusal(title)):
        raise Refused(reason)
    wanted = pairs(title)
    if wanted and len(wanted & pairs(article.body)) / len(wanted) < config.min_title_overlap:
        raise Refused("title_not_of_body")
    return title


def _lead_output(article: Article, card: TaskCard, title: str, body: str, language: str) -> tuple[str, str]:
    least, most = card.output.limits(language)
    if most is None:
        raise Refused("language_not_wanted")
    found = find_lead(article.summary, body, language, least or 1, most)
    if isinstance(found, str):
        raise Refused(found)
    if title and (alike(found.text, title) >= SAME_SENTENCE or leaks(title, found.text, LEAK_TITLE)):
        raise Refused("lead_is_title")
    if title and not pairs(found.text) & pairs(title):
        raise Refused("lead_not_of_title")
    if title and _runs_on(found.text, title):
        raise Refused("lead_holds_title")
    return found.text, remove(found.rest, found.text, language)


def _runs_on(lead: str, title: str) -> bool:
    """Whether the headline stands before the lead's first words without a break, as in scraped pages."""
    folded, offsets = fold_with_offsets(lead)
    wanted = fold(title)
    if not wanted or not folded.startswith(wanted) or len(folded) == len(wanted):
        return False
    return offsets[len(wanted)] == offsets[len(wanted) - 1] + 1


def _label_output(article: Article, card: TaskCard, language: str) -> tuple[str, str]:
    assert card.build is not None
    said = article.labels.get(card.build.output.removeprefix("label."))
    if not said:
        raise Refused("no_label")
    label = extract(card, said, language)
    if label is None:
        raise Refused("label_unknown")
    return label_wording(card, label, language), label


def _check_form(output: str, article: Article, card: TaskCard, language: str) -> None:
    from caibian.tasks import CHECKS, CheckContext

    context = CheckContext(card, language, published_at=article.published_at)
    kind = "title" if card.build and card.build.output == "title" else "output"
    for name in card.checks:
        if name in _FORM_CHECKS and not CHECKS[name](output, context).passed:
            if name == "length":
                short = size(output, language) < (card.output.limits(language)[0] or 0)
                raise Refused(f"{kind}_too_{'short' if short else 'long'}")
            raise Refused(f"{kind}_fails_{name}")


def _render(
    article: Article,
    card: TaskCard,
    settings: CardSettings,
    config: InstructionsConfig,
    sources: dict[str, str],
    output: str | None,
    language: str,
) -> tuple[str, str]:
    """The input as the model sees it, cut to length, and the whole text it comes from.

    Only the field that holds the body is cut; what is left for it is what the other fields leave.
    """
    assert card.build is not None
    limit = settings.max_input_chars or config.max_input_chars
    values: dict[str, str] = {}
    body_field = ""
    for field, parts in card.build.input.items():
        values[field] = "\n".join(text for part in parts if (text := sources[part]))
        if "body" in parts:
            body_field = field
    whole = "\n".join(text for text in values.values() if text)
    if len(values) > 1:
        room = limit - sum(len(field_prefix(card, name, language)) + len(values[name]) + 1 for name in values)
        room += len(values[body_field]) + 1
    else:
        room = limit
    if room < limit // 3:
        raise Refused("title_too_long")
    if output is not None and article.split == "train" and config.supporting_window:
        values[body_field] = cut_with_evidence(
            values[body_field],
            room,
            language,
            output,
            ("number", "date"),
            given="\n".join(text for name, text in values.items() if name != body_field),
            published_at=article.published_at,
        )
    else:
        values[body_field] = cut(values[body_field], room, language)
    if not fold(values[body_field]):
        raise Refused("body_too_short")
    return render_input(card, values, language), whole


def _check_no_leak(card: TaskCard, output: str, text: str, body: str) -> None:
    """The promise of this stage: the input never contains the output."""
    assert card.build is not None
    if card.build.output == "title":
        if leaks(text, output, LEAK_TITLE):
            raise Refused("title_in_body_after_removal")
    elif fold(output) in fold(text) or leaks(body, output, LEAK_LEAD):
        raise Refused("lead_in_body_after_removal")
