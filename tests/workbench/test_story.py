"""One story from a pasted brief to a labelled file, in Chromium: a reporter, an editor and a chief editor, in Chinese and
in English."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import pytest

from caibian.publishing import read_label
from tests.pipeline.browser import Browser
from tests.workbench.newsroom import Newsroom, emptied
from tests.workbench.reviewer import DRAFT, Reviewer

ANSWER = ".card[data-slot='0'] .marked textarea"
DONE = "document.querySelectorAll('.card.done').length === 1"
WRITING = "document.querySelector('.card.writing .writing')?.textContent"


@dataclass(frozen=True)
class Story:
    """What is pasted, what the model makes of it, and what people make of that."""

    search: str
    brief: str
    facts: str
    written: str
    wrong: str
    right: str
    title: str
    doubted: str  # a fact that the editor holds against its source
    passage: str  # what the editor comments on
    comment: str
    notes: tuple[str, str]  # of editor and chief editor
    people: tuple[str, str, str]
    label: str
    reviewed: str

    @property
    def final(self) -> str:
        """The text after the reporter's correction."""
        return self.written.replace(self.wrong, self.right)


STORIES = {
    "zh": Story(
        search="快讯扩写",
        brief="10月18日，临川港集装箱码头二期工程开港。",
        facts="码头岸线长1,260米，建有3个泊位\n年吞吐能力新增120万标箱\n总投资43.6亿元\n港务局副局长李文涛：“首月安排航线14条，夜间也能靠泊。”\n一期工程2015年投用",
        written="10月18日，临川港集装箱码头二期工程开港，年吞吐能力新增210万标箱。\n\n二期码头岸线长1260米，建有3个泊位，总投资43.6亿元。港务局副局长李文涛说：“首月安排航线14条，夜间也能靠泊。”\n\n临川港集装箱码头一期工程2015年投用，是港口此前唯一的集装箱作业区，二期开港以后由两期码头共同承担装卸，航线安排也由港务局统一公布，船公司可以提前预约靠泊。",
        wrong="210万标箱",
        right="120万标箱",
        title="临川港集装箱码头二期开港",
        doubted="1260米",
        passage="唯一的集装箱作业区",
        comment="“唯一”有出处吗？已向港务局核实，属实。",
        notes=("数字已逐一核对。", "可发，上二版。"),
        people=("林晓", "陈思远", "赵岚"),
        label="本文含人工智能生成内容",
        reviewed="审核：陈思远、赵岚（",
    ),
    "en": Story(
        search="brief into",
        brief="The Linchuan harbour tram line reopened on Tuesday.",
        facts="Closed for 11 weeks of repairs\nAbout 42,000 passengers on a working day\nCrews replaced 3.4 kilometres of rail\nProject manager Zhou Ning: “Every switch at the terminus is new.”\nThe repairs cost £18.6 million",
        written="The Linchuan harbour tram line reopened on Tuesday after 11 weeks of repairs that cost £16.8 million.\n\nCrews replaced 3.4 kilometres of rail while the line was closed. “Every switch at the terminus is new,” said project manager Zhou Ning, who has been responsible for the works from the day on which the line was shut.\n\nAbout 42,000 passengers use the line on a working day. They had to change to buses for as long as the repairs went on, and can now travel from the harbour to the terminus without changing again, as they did before the line was closed for repairs.",
        wrong="£16.8 million",
        right="£18.6 million",
        title="Harbour tram line reopens after 11 weeks",
        doubted="42,000",
        passage="change to buses",
        comment="Do we know that buses ran? Confirmed by the operator on the phone.",
        notes=("Figures held against the brief.", "Run it on page two."),
        people=("Hannah Reid", "Marcus Webb", "Ruth Adeyemi"),
        label="This text contains AI-generated content",
        reviewed="Reviewed by Marcus Webb, Ruth Adeyemi (",
    ),
}


@pytest.fixture
def chrome(shared_chrome: Browser) -> Iterator[Browser]:
    """A browser in which nobody was before; nothing on its console by the end, and nobody left in it."""
    yield emptied(shared_chrome)
    assert shared_chrome.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pasted_brief_becomes_a_reviewed_published_and_labelled_document(
    shared_newsroom: Newsroom, chrome: Browser, tmp_path: Path, language: str
) -> None:
    house, story = shared_newsroom, STORIES[language]
    house.gateway.written = {"tuned": story.written}
    roles = ("reporter", "editor", "chief_editor")
    reporter, editor, chief = (
        Reviewer(
            house, chrome, house.account(role.replace("_", ""), role=role, display=name, language=language)
        )
        for role, name in zip(roles, story.people, strict=True)
    )

    _the_reporter_writes(reporter, story)
    draft = str(chrome.do("location.pathname.split('/').at(-1)"))
    reporter.step("submit")
    reporter.log_out()

    _the_editor_examines_and_passes_on(editor, story, draft)
    editor.log_out()

    _find(chief, draft)
    chief.step("approve", story.notes[1])
    chief.step("publish")
    document, ledger = _export(chief, tmp_path)

    _the_document_is_the_story(document.read_bytes(), story, draft)
    _the_ledger_names_everybody(json.loads(ledger.read_bytes()), story.people)
    _the_verifier_on_the_page_says_the_same(chief, document)


def _the_reporter_writes(at: Reviewer, story: Story) -> None:
    """From the login to a draft that is open on the review desk."""
    chrome = at.chrome
    at.log_in()
    assert chrome.do("location.pathname") == "/desk"
    chrome.press("/")
    chrome.wait_for("document.activeElement.classList.contains('task-search')")
    chrome.type(story.search)
    chrome.press("Enter")
    chrome.wait_for(
        "location.pathname === '/desk/story.from_brief' && document.querySelector('[data-field=brief]')"
    )
    for field in ("brief", "facts"):
        chrome.click(f"[data-field={field}]")
        chrome.type(getattr(story, field))
    at.house.gateway.pause = 0.2  # it would take long, so that it can be seen while it is written
    chrome.press("Enter", control=True)
    chrome.wait_for(WRITING)
    begun = chrome.do(WRITING)
    assert 0 < len(begun) < len(story.written)
    assert story.written.startswith(begun)
    at.house.gateway.pause = 0.0
    chrome.wait_for(DONE)

    [changed] = at.texts(".fact[data-fact=changed] span")
    assert changed in story.wrong
    chrome.click(".fact[data-fact=changed]")
    chrome.wait_for("document.querySelector('.source-marked mark.chosen')")
    assert at.text(".source-marked mark.chosen") in story.right
    at.rewrite(ANSWER, story.wrong, story.right)
    chrome.wait_for(
        "!document.querySelector('.fact[data-fact=changed]') && !document.querySelector('.facts.stale')"
    )
    assert at.value(ANSWER) == story.final

    chrome.click("[data-act=draft]")
    chrome.wait_for("document.querySelector('[data-field=draft-title]')")
    at.write("[data-field=draft-title]", story.title)
    chrome.click("[data-act=draft-make]")
    chrome.wait_for("document.querySelector('[data-act=open-draft]')")
    chrome.click("[data-act=open-draft]")
    chrome.wait_for(f"document.querySelector({DRAFT!r})")


def _find(at: Reviewer, draft: str) -> None:
    """From the login over the list of what waits for this person to the draft, with its facts."""
    at.log_in("/review")
    link = f"[data-draft='{draft}'] a"
    at.chrome.wait_for(f"document.querySelector({link!r})")
    at.chrome.click(link)
    at.chrome.wait_for("document.querySelector('.inked-text') && document.querySelector('.finding-counts')")


def _the_editor_examines_and_passes_on(at: Reviewer, story: Story, draft: str) -> None:
    chrome = at.chrome
    _find(at, draft)
    assert at.value(DRAFT) == story.final
    if chrome.do("document.querySelector('.count-chip.found').getAttribute('aria-pressed')") == "false":
        chrome.click(".count-chip.found")
    chrome.wait_for("document.querySelector('.finding.found')")
    chrome.do(
        f"[...document.querySelectorAll('.finding-line')].find((one) => one.textContent.includes({story.doubted!r})).click()"
    )
    chrome.wait_for("document.querySelector('.finding.open [data-verdict=confirmed]')")
    chrome.click(".finding.open [data-verdict=confirmed]")
    chrome.wait_for("document.querySelector('.finding.open .tag.good')")
    at.select(story.passage)
    chrome.click("[data-act=comment-selection]")
    chrome.wait_for("document.activeElement.dataset.field === 'comment'")
    chrome.type(story.comment)
    chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelector('.comment')")
    assert story.passage in "".join(at.texts(".ink-comment"))
    at.step("approve", story.notes[0])


def _export(at: Reviewer, folder: Path) -> tuple[Path, Path]:
    """The draft and its ledger, as the page hands them out."""
    at.part("export", "[data-format=docx]")
    document = at.chrome.download(folder, "[data-format=docx]")
    at.part("ledger", "[data-kind=exported]")
    return document, at.chrome.download(folder, "[data-act=export-ledger]")


def _the_document_is_the_story(data: bytes, story: Story, draft: str) -> None:
    paragraphs = [one.text for one in docx.Document(io.BytesIO(data)).paragraphs]
    assert paragraphs[0] == story.title
    assert story.people[0] in paragraphs[1]
    assert paragraphs[2] == story.label
    assert paragraphs[3:-1] == [one for one in story.final.split("\n") if one]
    assert paragraphs[-1].startswith(story.reviewed)
    found = read_label(data)
    assert found.aigc
    assert (found.visible, found.problems) == (True, [])
    assert (found.aigc["Label"], found.aigc["ContentProducer"]) == ("1", "caibian")
    assert found.aigc["ProduceID"].startswith(f"{draft}-")


def _the_ledger_names_everybody(kept: dict[str, Any], people: tuple[str, ...]) -> None:
    reporter, editor, chief = people
    assert [(line["by_name"], line["kind"]) for line in kept["ledger"]] == [
        (reporter, "created"),
        (reporter, "submitted"),
        (editor, "examined"),
        (editor, "commented"),
        (editor, "approved"),
        (chief, "approved"),
        (chief, "published"),
        (chief, "exported"),
    ]
    assert kept["draft"]["state"] == "published"


def _the_verifier_on_the_page_says_the_same(at: Reviewer, document: Path) -> None:
    at.part("export", "[data-field=label-file]")
    at.chrome.choose_file("[data-field=label-file]", document)
    at.chrome.wait_for("document.querySelector('.outcome')")
    assert "outcome-good" in at.chrome.do("document.querySelector('.outcome').className")
    found = read_label(document.read_bytes()).aigc
    assert found
    shown = dict(zip(at.texts(".aigc dt"), at.texts(".aigc dd"), strict=True))
    assert {name: shown[name] for name in ("ContentProducer", "ProduceID", "ReservedCode1")} == {
        name: found[name] for name in ("ContentProducer", "ProduceID", "ReservedCode1")
    }
