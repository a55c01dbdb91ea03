"""One article and one card in, one example out, or the name of the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caibian.instructions.backward import made_input, published_text, refusal
from caibian.instructions.config import CardSettings, FactKind, InstructionsConfig, LessonSettings
from caibian.instructions.leads import find_lead, without_days
from caibian.instructions.news import text_refusal, title_refusal
from caibian.instructions.prose import alike, fold, fold_with_offsets, overlap
from caibian.instructions.removal import (
    LEAK_LEAD,
    LEAK_TITLE,
    SAME_SENTENCE,
    leaks,
    remove,
)
from caibian.instructions.story import Draft, Refused, Story
from caibian.instructions.titles import truncated
from caibian.instructions.window import cut, cut_with_evidence
from caibian.records import Article
from caibian.tasks import CHECKS, CheckContext, TaskCard, extract, label_wording, render_input, size
from caibian.tasks.prompt import field_prefix

if TYPE_CHECKING:
    from caibian.grounding import Mention

# The form of a published output is held to the same checks as a model's answer; its facts are not its fault.
_FORM_CHECKS = {"length", "lines", "no_clickbait", "no_lead_ins", "no_markdown", "language"}
_WINDOW_KINDS: tuple[FactKind, ...] = ("number", "date", "name")


def draft(story: Story, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft | str:
    """The example of one article for one card, or the reason's name."""
    assert card.build is not None  # the configuration refuses cards without
    if story.language not in card.instructions or (
        config.languages and story.language not in config.languages
    ):
        return "language_not_wanted"
    drafts = {"title": _title_draft, "lead": _lead_draft, "body": _body_draft}
    make = drafts.get(card.build.output, _label_draft)
    try:
        made = make(story, card, settings, config)
        if story.article.split == "train":
            _check_lesson(made, story, settings.lessons, config)
    except Refused as reason:
        return str(reason)
    return made


def _title_draft(story: Story, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft:
    title = story.title
    if not title:
        raise Refused("no_title")
    if truncated(title):
        raise Refused("title_truncated")
    if settings.plain_news and (reason := title_refusal(title)):
        raise Refused(reason)
    _check_form(title, "title", story, card)
    body = remove(story.body, title, story.language)
    if size(body, story.language) < _least(card, settings):
        raise Refused("body_too_short")
    if overlap(title, body) < config.min_title_overlap:
        raise Refused("title_not_of_body")
    text, source = _render(story, card, settings, config, body, title)
    if settings.plain_news and (reason := text_refusal(text)):
        raise Refused(reason)
    if leaks(text, title, LEAK_TITLE):
        raise Refused("title_in_body_after_removal")
    if overlap(title, text) < settings.min_coverage:
        raise Refused("title_not_in_input")
    return Draft(story.article, story.language, text, title, source)


def _lead_draft(story: Story, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft:
    title, language = story.title, story.language
    least, most = card.output.limits(language)
    if most is None:
        raise Refused("language_not_wanted")
    # A headline that shouts may stand over a sober lead.
    reason = title_refusal(title) if settings.plain_news else None
    if reason and reason != "title_exclamation":
        raise Refused(reason)
    found = find_lead(
        story.article.summary,
        story.body_beside_title,
        language,
        least or 1,
        most,
        plain_news=settings.plain_news,
    )
    if isinstance(found, str):
        raise Refused(found)
    lead = found.text
    _check_form(lead, "lead", story, card)
    if title and (alike(lead, title, SAME_SENTENCE) or leaks(title, lead, LEAK_TITLE)):
        raise Refused("lead_is_title")
    if title and overlap(title, lead) < config.min_title_overlap / 2:
        raise Refused("lead_not_of_title")
    if title and _runs_on(lead, title):
        raise Refused("lead_holds_title")
    if story.article.split == "train" and _far_from_title(lead, story, settings.lessons):
        raise Refused("lesson_far_from_title")  # asked before the input is sought, which takes the longest
    body = remove(found.rest, lead, language)
    if size(body, language) < _least(card, settings):
        raise Refused("body_too_short")
    text, source = _render(story, card, settings, config, body, lead)
    if language == "zh":
        lead = without_days(lead, _missing(story.article, lead, text, language, ("date",)))
        if size(lead, language) < (least or 1):
            raise Refused("lead_too_short")
    if settings.plain_news and (reason := text_refusal(f"{lead}\n{text}")):
        raise Refused(reason)
    if fold(lead) in fold(text) or leaks(body, lead, LEAK_LEAD):
        raise Refused("lead_in_body_after_removal")
    if overlap(lead, text) < settings.min_coverage:
        raise Refused("lead_not_in_input")
    return Draft(story.article, language, text, lead, source)


def _body_draft(story: Story, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft:
    """Backwards: the story as published is the output, and what a reporter may have had before it is made."""
    assert card.build is not None
    language = story.language
    least, most = card.output.limits(language)
    if settings.plain_news and (reason := title_refusal(story.title)):
        raise Refused(reason)
    text = published_text(story, settings.lessons.max_output_chars or most or 0)
    if size(text, language) < (least or 1):
        raise Refused("body_too_short")
    if settings.plain_news and (reason := text_refusal(text)):
        raise Refused(reason)
    _check_form(text, "body", story, card)
    values = made_input(card.build.input, story.title, text, language)
    given = render_input(card, values, language)
    if reason := refusal(given, story.title, text, language):
        raise Refused(reason)
    return Draft(story.article, language, given, text, given)


def _label_draft(story: Story, card: TaskCard, settings: CardSettings, config: InstructionsConfig) -> Draft:
    assert card.build is not None
    said = story.article.labels.get(card.build.output.removeprefix("label."))
    if not said:
        raise Refused("no_label")
    label = extract(card, said, story.language)
    if label is None:
        raise Refused("label_unknown")
    text, source = _render(story, card, settings, config, story.body_beside_title, None)
    if size(source, story.language) < _least(card, settings):
        raise Refused("body_too_short")
    wording = label_wording(card, label, story.language)
    return Draft(story.article, story.language, text, wording, source, label)


def _check_lesson(made: Draft, story: Story, wanted: LessonSettings, config: InstructionsConfig) -> None:
    """What holds for training alone: nothing that the input does not say, and what the card's lessons are asked for."""
    if made.label is not None:
        return
    if wanted.max_output_chars and size(made.output, made.language) > wanted.max_output_chars:
        raise Refused("lesson_too_long")
    if _far_from_title(made.output, story, wanted):
        raise Refused("lesson_far_from_title")
    if wanted.verbatim_numbers and not _verbatim_numbers(made):
        raise Refused("lesson_rewrites_numbers")
    # Last, since looking facts up takes the longest.
    if _missing(story.article, made.output, made.input, made.language, config.require_supported):
        raise Refused("facts_not_in_input")


def _far_from_title(output: str, story: Story, wanted: LessonSettings) -> bool:
    return bool(story.title) and overlap(story.title, output) < wanted.min_title_overlap


def _verbatim_numbers(made: Draft) -> bool:
    """Whether every number of the output stands in the input in the same characters."""
    from caibian.grounding import find_numbers

    return all(number.text in made.input for number in find_numbers(made.output, made.language))


def _missing(
    article: Article, output: str, text: str, language: str, kinds: Sequence[FactKind]
) -> list[Mention]:
    from caibian.grounding import unsupported

    return unsupported(output, text, language, kinds=tuple(kinds), published_at=article.published_at)


def _least(card: TaskCard, settings: CardSettings) -> int:
    assert card.build is not None
    return settings.min_input_chars or card.build.min_input_chars


def _runs_on(lead: str, title: str) -> bool:
    """Whether the headline stands before the lead's first words without a break, as in scraped pages."""
    folded, offsets = fold_with_offsets(lead)
    wanted = fold(title)
    if not wanted or not folded.startswith(wanted) or len(folded) == len(wanted):
        return False
    return offsets[len(wanted)] == offsets[len(wanted) - 1] + 1


def _check_form(output: str, kind: str, story: Story, card: TaskCard) -> None:
    context = CheckContext(card, story.language)
    for name in card.checks:
        if name not in _FORM_CHECKS or CHECKS[name](output, context).passed:
            continue
        if name == "length":
            short = size(output, story.language) < (card.output.limits(story.language)[0] or 0)
            raise Refused(f"{kind}_too_{'short' if short else 'long'}")
        raise Refused(f"{kind}_fails_{name}")


def _render(
    story: Story,
    card: TaskCard,
    settings: CardSettings,
    config: InstructionsConfig,
    body: str,
    output: str | None,
) -> tuple[str, str]:
    """The input as the model sees it, cut to length, and the whole text that it comes from.

    Only the field that holds the body is cut, to what the other fields leave. `output` is looked at in training only.
    """
    assert card.build is not None
    parts = {"title": story.title, "body": body}
    values = {
        field: "\n".join(parts[name] for name in names if parts[name])
        for field, names in card.build.input.items()
    }
    whole = "\n".join(text for text in values.values() if text)
    cut_field = next((field for field, names in card.build.input.items() if "body" in names), None)
    if cut_field is None:
        return render_input(card, values, story.language), whole
    others = {field: text for field, text in values.items() if field != cut_field and text}
    room = settings.max_input_chars or config.max_input_chars
    if others:
        room -= len(field_prefix(card, cut_field, story.language))
        room -= sum(
            len(field_prefix(card, field, story.language)) + len(text) + 1 for field, text in others.items()
        )
    if room < _least(card, settings):
        raise Refused("no_room_for_body")
    if output is not None and story.article.split == "train" and config.supporting_window:
        values[cut_field] = cut_with_evidence(
            values[cut_field],
            room,
            story.language,
            output,
            _WINDOW_KINDS,
            given="\n".join(others.values()),
            published_at=story.article.published_at,
        )
    else:
        values[cut_field] = cut(values[cut_field], room, story.language)
    if not fold(values[cut_field]):
        raise Refused("body_too_short")
    return render_input(card, values, story.language), whole
