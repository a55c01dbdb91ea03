"""Cards as pages that people read: the list of the library in Markdown, one card as plain text, the start of a new one."""

from __future__ import annotations

from collections.abc import Mapping

from caibian.tasks.card import OutputSpec, Pair, TaskCard
from caibian.tasks.consistency import check_names, general_rubric
from caibian.tasks.prompt import instruction, variants

CATEGORIES: dict[str, Pair] = {
    "creation": Pair(
        zh="观点创作（可以有观点，事实不能变）", en="Opinion creation (views allowed, facts fixed)"
    ),
    "rewriting": Pair(zh="改写（不加观点，不改事实）", en="Rewriting (no view added, no fact altered)"),
    "understanding": Pair(zh="理解", en="Understanding"),
    "qa": Pair(zh="其他问答", en="Other questions and answers"),
}


def by_category(cards: Mapping[str, TaskCard]) -> dict[str, list[TaskCard]]:
    """The cards of each category, in order of their ids."""
    return {
        category: [one for _, one in sorted(cards.items()) if one.category == category]
        for category in CATEGORIES
    }


def markdown(cards: Mapping[str, TaskCard]) -> str:
    """The library as a page of the documentation, written by `caibian tasks page`."""
    lines = [
        "# Task cards · 任务卡",
        "",
        f"{len(cards)} cards, written for Caibian. This page is made from them by `caibian tasks page`; "
        "`caibian tasks show ID` shows one whole, `caibian tasks new ID` begins a new one.",
        "",
        f"共 {len(cards)} 张任务卡，均为采编自撰。本页由 `caibian tasks page` 从任务卡生成。",
    ]
    for category, those in by_category(cards).items():
        title = CATEGORIES[category]
        lines += [
            "",
            f"## {title.en} · {title.zh} ({len(those)})",
            "",
            "| card | 名称 | name | input | output | languages | checks |",
            "|---|---|---|---|---|---|---|",
        ]
        for one in those:
            fields = ", ".join(
                name if field.use == "required" else f"({name})" for name, field in one.input.items()
            )
            checks = ", ".join(one.checks)
            lines.append(
                f"| `{one.id}` | {one.name.zh} | {one.name.en} | {fields} | {_output(one.output)} "
                f"| {', '.join(one.instructions)} | {checks} |"
            )
    lines += [
        "",
        "## Checks · 自动检查",
        "",
        "| check | 名称 | what an answer that passes has | cards |",
        "|---|---|---|---|",
    ]
    for name, pair in check_names().items():
        count = sum(name in one.checks for one in cards.values())
        lines.append(f"| `{name}` | {pair.zh} | {pair.en} | {count} |")
    return "\n".join(lines) + "\n"


def text(card: TaskCard, language: str) -> str:
    """One card for a terminal, in Chinese or English."""
    chinese = language == "zh"

    def say(zh: str, en: str) -> str:
        return zh if chinese else en

    def of(pair: Pair) -> str:
        return pair.zh if chinese else pair.en

    may = [
        say("可加观点", "may add views") if card.may.add_views else say("不加观点", "adds no view"),
        say("可改事实", "may alter facts") if card.may.alter_facts else say("不改事实", "alters no fact"),
    ]
    lines = [
        f"{card.id}  {of(card.name)}",
        f"{of(CATEGORIES[card.category])}; {', '.join(may)}",
        "",
        say("输入", "Input"),
        *(
            f"  {name}  {of(field.name)}{'' if field.use == 'required' else say('（可选）', ' (optional)')}"
            for name, field in card.input.items()
        ),
        "",
        f"{say('输出', 'Output')}  {_output(card.output)}",
        *(
            f"  {label}  {', '.join(wording.words(language))}"
            for label, wording in card.output.labels.items()
        ),
        "",
        say("指令", "Instructions"),
        *(f"  {k + 1}. {instruction(card, language, k)}" for k in range(variants(card, language))),
        "",
        say("自动检查", "Checks"),
        *(f"  {name}  {of(check_names()[name])}" for name in card.checks),
        "",
        say("评分标准", "Rubric"),
        *(f"  {of(general_rubric()[name])}" for name in card.rubric.general),
        *(f"  {of(pair)}" for pair in card.rubric.specific.values()),
        "",
        say("样例", "Worked examples"),
        *(f"  {name}: {value}" for name, value in card.examples.good.input.items()),
        f"  ✓ {card.examples.good.answer}",
        *(f"  ✗ {bad.answer}\n    {bad.refused_by}: {of(bad.why)}" for bad in card.examples.bad),
    ]
    return "\n".join(lines)


def _output(output: OutputSpec) -> str:
    if output.kind == "label":
        return f"label: {', '.join(output.labels)}"
    if output.kind == "json":
        return "JSON"
    limits = ", ".join(
        f"{language} ≤ {most}"
        for language, most in (output.max_chars or {}).items()
        if language in ("zh", "en")
    )
    fixed = "" if output.language == "same" else f" in {output.language}"
    return f"text{fixed} ({limits})"


NEW_CARD = """\
# A task card. Fill in every …, then: caibian tasks check THIS_FILE
# All keys: docs/tasks.md. Models to follow: caibian tasks list, caibian tasks show headline.news
- id: {id}
  name: {{zh: …, en: …}}
  category: {category}          # creation | rewriting | understanding | qa
  may: {{add_views: {views}, alter_facts: false}}
  input: {{article: required}}   # article, title, facts, question, topic … or a name of your own with {{use, name: {{zh, en}}}}
  output:
    kind: text                 # text | label (then: labels) | json (then: json_schema)
    max_chars: {{zh: 200, en: 600}}
  instructions:                # at least five wordings in each language, really different ones
    zh:
      - …，不超过{{max_chars}}字。
      - …
      - …
      - …
      - …
    en:
      - … in at most {{max_chars}} characters.
      - …
      - …
      - …
      - …
  checks: [not_empty, length, language, numbers_in_source, names_in_source, no_lead_ins, not_copied_prompt]
  rubric:
    general: [accuracy, language, instruction]
    specific:
      of_this_task: {{zh: …, en: …}}
  examples:
    good:
      language: zh
      input: {{article: …}}
      answer: …
    bad:                       # each answer is refused by the check it names
      - {{answer: …, refused_by: length, why: {{zh: …, en: …}}}}
      - {{answer: …, refused_by: numbers_in_source, why: {{zh: …, en: …}}}}
"""
