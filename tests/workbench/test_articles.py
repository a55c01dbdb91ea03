"""Articles and batches, in Chromium, over a real newsroom: brought in, found, read, and run through a task."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest

from tests.pipeline.browser import Browser
from tests.workbench.newsroom import STORY, WRITTEN, Newsroom, Person, emptied

NASTY = "<img src=x onerror=\"document.title='owned'\">"
TITLE = "标题甲＜乙 {{ 1 }} &amp;amp; &lt;img src=x onerror=alert(1)&gt;"


@pytest.fixture
def house(shared_newsroom: Newsroom) -> Newsroom:
    """The newsroom, its models saying what `WRITTEN` has."""
    shared_newsroom.gateway.pause, shared_newsroom.gateway.written = 0.0, dict(WRITTEN)
    return shared_newsroom


@pytest.fixture
def chrome(shared_chrome: Browser) -> Browser:
    """A browser in which nobody was before."""
    return emptied(shared_chrome)


def choose_files(chrome: Browser, *paths: Path) -> None:
    """What the browser's own dialog for files does."""
    root = chrome.call("DOM.getDocument")["root"]["nodeId"]
    field = chrome.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    chrome.call("DOM.setFileInputFiles", nodeId=field, files=[str(path) for path in paths])


def test_articles_are_brought_in_read_and_run_through_a_task_whose_table_is_taken_away(
    house: Newsroom, chrome: Browser, tmp_path: Path
) -> None:
    editor = Person(house, chrome, house.account("lin", role="editor"))
    rows = [
        {"title": f"一件事改革第{n}期", "body": f"{STORY}\n这是第{n}期。", "source": "市报"}
        for n in range(1, 4)
    ]
    archive = tmp_path / "archive.jsonl"
    archive.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    nasty = tmp_path / "nasty.jsonl"
    nasty.write_text(
        json.dumps({"title": TITLE, "body": STORY + NASTY}, ensure_ascii=False), encoding="utf-8"
    )
    broken = tmp_path / "program.exe"
    broken.write_bytes(b"MZ" + bytes(range(256)))
    editor.log_in(back="/articles")
    chrome.wait_for("document.querySelector('.dropzone')")
    choose_files(chrome, archive, nasty, broken)
    chrome.wait_for("document.querySelector('[data-outcome]')")
    assert chrome.do("document.querySelector('[data-outcome]').dataset.outcome") == "4"
    assert "program.exe" in editor.text(".dropped")
    chrome.wait_for("document.querySelectorAll('.article-row').length === 4")
    titles = editor.texts(".row-link")
    assert {row["title"] for row in rows} < set(titles)
    assert [title for title in titles if title.startswith("标题")], (
        "a title full of markup is one all the same"
    )
    editor.write("[data-field=query]", "第2期")
    chrome.wait_for("document.querySelectorAll('.article-row').length === 1")
    chrome.click(".row-link")
    chrome.wait_for("document.querySelector('.article-text .reading')")
    assert "这是第2期。" in editor.text(".article-text")
    chrome.wait_for("document.querySelector('.task-picks [data-task=\"headline.news\"]')")
    chrome.click('.task-picks [data-task="headline.news"]')
    chrome.wait_for("document.querySelector('[data-field=article]')?.value.includes('第2期')")
    editor.open("/articles", ".article-row")
    _a_batch_answers_each_of_them(editor)
    _the_results_are_a_table(chrome, tmp_path)
    assert "owned" not in chrome.do("document.title")
    assert chrome.do("document.querySelectorAll('main img').length") == 0
    assert chrome.errors == []


def _a_batch_answers_each_of_them(editor: Person) -> None:
    chrome = editor.chrome
    chrome.click("[data-act=all]")
    chrome.click("[data-act=batch]")
    chrome.wait_for("document.querySelector('dialog [data-task=\"headline.news\"]')")
    chrome.click('dialog [data-task="headline.news"]')
    chrome.wait_for("document.querySelector('[data-act=batch-start]')")
    chrome.click("[data-act=batch-start]")
    chrome.wait_for(
        "location.pathname.startsWith('/batches/') && document.querySelector('[data-batch=done]')"
    )
    chrome.wait_for("document.querySelectorAll('.result.done').length === 4")
    assert set(editor.texts(".result-text")) == {WRITTEN["tuned"]}
    assert "43.6" not in "".join(editor.texts(".result-count.absent"))


def _the_results_are_a_table(chrome: Browser, tmp_path: Path) -> None:
    chrome.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    chrome.click("[data-act=csv]")
    until = time.monotonic() + 30
    while not (found := list(tmp_path.glob("headline.news-*.csv"))):
        assert time.monotonic() < until, "no table was saved"
        time.sleep(0.05)
    with found[0].open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 4
    assert {row["答案"] for row in table} == {WRITTEN["tuned"]}
    assert {row["标题"] for row in table} >= {f"一件事改革第{n}期" for n in range(1, 4)}


def test_reporters_find_no_way_to_delete_and_batches_are_listed(house: Newsroom, chrome: Browser) -> None:
    reporter = Person(house, chrome, house.account("mei"))
    chrome.screen(390, 844)
    reporter.log_in(back="/articles")
    chrome.wait_for("document.querySelector('.row-link')")
    assert chrome.do("document.documentElement.scrollWidth <= innerWidth")
    chrome.click(".row-link")
    chrome.wait_for("document.querySelector('.article-text .reading')")
    assert chrome.do("document.querySelector('[data-act=remove]')") is None
    reporter.open("/batches", ".empty")  # the editor's batch is not theirs
