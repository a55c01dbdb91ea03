"""The review desk, in Chromium, over a real service: who did what is kept, and nothing that was written is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.pipeline.browser import Browser
from tests.workbench.newsroom import Newsroom, emptied, newsroom
from tests.workbench.reviewer import DRAFT, SAVED, Reviewer
from tests.workbench.staff import Writing

SOURCE = "截至6月底，全市共有87个事项纳入清单，累计办件43.6万件。"
BODY = "截至6月底，78个事项纳入清单，累计办件43.6万件。\n\n下半年将推进跨区通办。"
NASTY = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> {{ 1 }}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("review")) as found:
        yield found


@pytest.fixture
def chrome(shared_chrome: Browser) -> Iterator[Browser]:
    """A browser in which nobody was before; nothing on its console by the end."""
    yield emptied(shared_chrome, 1440)
    assert [error for error in shared_chrome.errors if "status of 4" not in error] == []


def people(house: Newsroom, *roles: str) -> list[str]:
    return [house.account(role.replace("_", ""), role=role, display=f"{role} 某") for role in roles]


def test_a_draft_goes_from_its_author_over_editor_and_chief_to_the_public_and_the_ledger_tells(
    house: Newsroom, chrome: Browser
) -> None:
    author, editor, chief = people(house, "reporter", "editor", "chief_editor")
    writing = Writing(house)
    draft = writing.draft(author, "zh", "78个事项纳入清单", BODY, SOURCE)
    writing.step(author, draft, "submit")

    at = Reviewer(house, chrome, editor)
    at.read(draft["id"])
    chrome.wait_for("document.querySelector('.finding')")
    # One click on what differs, one on the verdict: the source's own sentence is what it was held against.
    chrome.do(
        "[...document.querySelectorAll('.finding-line')].find((one) => one.textContent.includes('78')).click()"
    )
    chrome.wait_for("document.querySelector('.finding.open [data-field=against]')")
    assert "87个事项" in at.value(".finding.open [data-field=against]")
    chrome.click(".finding.open [data-verdict=doubtful]")
    chrome.wait_for("document.querySelector('.finding.open .tag.warn')")
    at.select("78个事项")
    chrome.click("[data-act=comment-selection]")
    chrome.wait_for("document.activeElement.dataset.field === 'comment'")
    chrome.type("应为87个")
    chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelector('.comment')")
    assert "".join(at.texts(".ink-comment")) == "78个事项"  # in two pieces: a fact stands in it too
    at.step("return", "请核对事项数")
    chrome.wait_for("document.querySelector('.steps-line .now').textContent.includes('草稿')")

    at = Reviewer(house, chrome, author)
    at.read(draft["id"])
    chrome.wait_for("document.querySelector('.returned')")
    assert "请核对事项数" in at.text(".returned")
    at.part("comments", ".comment")
    assert "应为87个" in at.text(".comment")
    at.edit("78", "87")
    chrome.wait_for(SAVED)
    assert "已被改动" in at.text(".comment")  # the passage that was commented on is gone
    at.step("submit")

    for who, name in ((editor, "approve"), (chief, "approve"), (chief, "publish")):
        if at.name != who:
            at = Reviewer(house, chrome, who)
            at.read(draft["id"])
        at.step(name)
    chrome.wait_for("document.querySelector('.steps-line .now').textContent.includes('已签发')")
    assert chrome.do(f"document.querySelector({DRAFT!r}).readOnly")
    at.part("versions", ".changes")
    assert at.texts(".changes del") == ["78"]
    assert at.texts(".changes ins") == ["87"]
    at.part("ledger", ".ledger-line")
    kinds = chrome.do(
        "[...document.querySelectorAll('.ledger-line')].map((one) => one.dataset.kind).reverse()"
    )
    assert kinds == [
        *("created", "submitted", "examined", "commented", "returned", "edited", "submitted"),
        *("approved", "approved", "published"),
    ]
    assert "存疑" in at.text(".ledger-examined")
    assert "87个事项" in at.text(".ledger-examined .quoted")
    kept = writing.ask(chief, "GET", f"/drafts/{draft['id']}/ledger")
    assert [entry["kind"] for entry in kept] == kinds


def test_two_windows_on_one_draft_lose_nothing(house: Newsroom, chrome: Browser) -> None:
    [author] = people(house, "reporter")
    writing = Writing(house)
    draft = writing.draft(author, "zh", "标题", BODY, SOURCE)
    at = Reviewer(house, chrome, author)
    at.read(draft["id"])

    # Both change other places: the texts are brought together at a click.
    draft = writing.edit(author, draft, "标题", BODY.replace("跨区", "全市"))
    at.edit("78", "87")
    chrome.wait_for("document.querySelector('.conflict')")
    assert at.texts(".conflict del") == ["78", "全市"] or set(at.texts(".conflict ins")) == {"87", "跨区"}
    chrome.click("[data-act=merge]")
    chrome.wait_for(SAVED)
    both = BODY.replace("跨区", "全市").replace("78", "87")
    draft = writing.ask(author, "GET", f"/drafts/{draft['id']}")
    assert draft["body"] == both == at.value(DRAFT)

    # Both change the same place: one is chosen, and the other one stays on this device, a reload away too.
    theirs = writing.edit(author, draft, "标题", both.replace("87", "八十七"))
    at.edit("87", "近90")
    chrome.wait_for("document.querySelector('.conflict')")
    assert not chrome.do("document.querySelector('[data-act=merge]')")
    chrome.click("[data-act=theirs]")
    chrome.wait_for("!document.querySelector('.conflict')")
    assert at.value(DRAFT) == theirs["body"]
    at.open(f"/review/{draft['id']}", "[data-act=restore]")
    chrome.click("[data-act=restore]")
    chrome.wait_for(f"({SAVED}) && document.querySelector({DRAFT!r}).value.includes('近90')")
    bodies = [one["body"] for one in writing.ask(author, "GET", f"/drafts/{draft['id']}/versions")]
    assert bodies[-2:] == [theirs["body"], both.replace("87", "近90")]


def test_what_was_typed_while_the_service_was_away_is_saved_when_it_is_back(
    house: Newsroom, chrome: Browser
) -> None:
    [author] = people(house, "reporter")
    writing = Writing(house)
    draft = writing.draft(author, "en", "Title", "The tram reopens on Tuesday.", "")
    at = Reviewer(house, chrome, author)
    at.read(draft["id"])
    chrome.call(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    try:
        at.edit("Tuesday", "Wednesday")
        chrome.wait_for("document.querySelector('.save-state.unavailable')")
    finally:
        chrome.call(
            "Network.emulateNetworkConditions",
            offline=False,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )
    chrome.do("dispatchEvent(new Event('online'))")
    chrome.wait_for(SAVED)
    assert writing.ask(author, "GET", f"/drafts/{draft['id']}")["body"] == "The tram reopens on Wednesday."
    chrome.errors.clear()  # of the time without a network


def test_script_in_every_field_is_text(house: Newsroom, chrome: Browser) -> None:
    author, editor = people(house, "reporter", "editor")
    writing = Writing(house)
    draft = writing.draft(author, "zh", NASTY, f"{NASTY}\n87个事项", f"{NASTY}\n78个事项")
    draft = writing.step(author, draft, "submit", NASTY)
    writing.comment(editor, draft, NASTY, "87个事项")
    writing.examine(editor, draft, "87个事项", "confirmed", NASTY)
    draft = writing.edit(editor, draft, NASTY + "!", draft["body"] + NASTY)
    writing.step(editor, draft, "return", NASTY)
    at = Reviewer(house, chrome, author)
    at.read(draft["id"])
    chrome.wait_for("document.querySelector('.returned')")
    for name, ready in (
        ("comments", ".comment"),
        ("versions", ".changes"),
        ("ledger", ".ledger-line"),
        ("facts", ".source-marked"),
    ):
        at.part(name, ready)
        assert "<img" in at.text(".part-body"), name
    at.open("/review?list=mine", "[data-draft]")
    assert NASTY in at.text("[data-draft]")
    assert chrome.do("document.querySelectorAll('main script, main img').length") == 0
    assert "owned" not in chrome.do("document.title.replace(/<script>.*/, '')")


def test_a_new_draft_that_was_not_sent_off_is_there_again(house: Newsroom, chrome: Browser) -> None:
    [author] = people(house, "reporter")
    at = Reviewer(house, chrome, author)
    at.log_in("/review")
    chrome.wait_for("document.querySelector('[data-act=new]')")
    for typed, whole in (("山地果园", "山地果园"), ("迎来丰收", "山地果园迎来丰收")):
        chrome.click("[data-act=new]")
        chrome.wait_for("document.activeElement.dataset.field === 'new-title'")
        chrome.do("document.activeElement.setSelectionRange(99, 99)")
        chrome.type(typed)
        assert at.value("[data-field=new-title]") == whole
        if typed == "山地果园":
            chrome.press("Escape")
            chrome.wait_for("!document.querySelector('dialog[open]')")
    chrome.press("Enter")
    chrome.wait_for(f"location.pathname !== '/review' && document.querySelector({DRAFT!r})")
    assert at.value("[data-field=title]") == "山地果园迎来丰收"
    assert Writing(house).ask(author, "GET", "/drafts")[0]["title"] == "山地果园迎来丰收"


def test_a_file_says_what_its_label_is(house: Newsroom, chrome: Browser, tmp_path: Path) -> None:
    [author] = people(house, "reporter")
    writing = Writing(house)
    draft = writing.draft(author, "zh", "标题", BODY, SOURCE)
    client = house.client(author)
    labelled, bare = tmp_path / "稿件.docx", tmp_path / "bare.html"
    labelled.write_bytes(client.get(f"/drafts/{draft['id']}/export", params={"format": "docx"}).content)
    bare.write_text("<!doctype html><p>no label</p>")
    at = Reviewer(house, chrome, author)
    at.log_in("/review")
    for path, says in ((labelled, "ContentProducer"), (bare, "没有 AI 标识")):
        chrome.wait_for("document.querySelector('[data-field=label-file]')")
        found = chrome.call(
            "Runtime.evaluate", expression="document.querySelector('[data-field=label-file]')"
        )
        chrome.call("DOM.setFileInputFiles", files=[str(path)], objectId=found["result"]["objectId"])
        chrome.wait_for(f"document.querySelector('.outcome')?.textContent.includes({says!r})")


def test_marks_and_merges_hold_for_all_texts(house: Newsroom, chrome: Browser) -> None:
    """The parts behind the page, over thousands of edits drawn with a fixed seed."""
    [author] = people(house, "reporter")
    at = Reviewer(house, chrome, author)
    at.log_in("/review")
    found = json.loads(chrome.do(_PROPERTIES))
    assert found["merges"] > 200
    assert found["wrong"] == []


def test_reports_and_drafts_of_others_are_refused(house: Newsroom) -> None:
    author, other, expert = people(house, "reporter", "reporter", "expert")
    draft = Writing(house).draft(author, "zh", "标题", BODY, SOURCE)
    for name, path, status in ((other, f"/review/{draft['id']}", 404), (expert, "/review", 403), (author, "/operations", 403)):  # fmt: skip
        with httpx.Client(base_url=house.pages, trust_env=False, timeout=60) as visitor:
            visitor.post("/login", data={"name": name, "password": "korrekt-pferd-batterie"})
            assert visitor.get(path).status_code == status


_PROPERTIES = """import("caibian-review").then(({ follow, merged, segments }) => {
  let seed = 7;
  const draw = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const WORDS = ["87", "个", "事项", "，", "办件", "😀", "\\n", "the ", "tram ", "。"];
  const text = (n) => Array.from({ length: n }, () => WORDS[draw(WORDS.length)]).join("");
  const wrong = [];
  let merges = 0;
  for (let round = 0; round < 600; round += 1) {
    const [head, middle, tail] = [text(4 + draw(6)), text(6), text(4 + draw(6))];
    const base = `${head}一${middle}二${tail}`;
    const mine = base.replace("一", `甲${text(draw(3))}`);
    const theirs = base.replace("二", `乙${text(draw(3))}`);
    const both = merged(base, mine, theirs, "zh");
    const wanted = mine.replace("二", theirs.slice(theirs.indexOf("乙"), theirs.length - tail.length));
    if (both !== null) merges += 1;
    if (both !== null && both !== wanted) wrong.push(["merge", base, mine, theirs, both]);
    if (merged(base, mine, base, "zh") !== mine || merged(base, base, theirs, "zh") !== theirs) wrong.push(["one side", base]);
    const start = draw(base.length - 1);
    const mark = { id: "m", start, end: start + 1 + draw(base.length - start) };
    for (const after of [mine, theirs, text(9)])
      for (const moved of follow([mark], base, after))
        if (after.slice(moved.start, moved.end) !== base.slice(mark.start, mark.end)) wrong.push(["follow", base, after]);
    const marks = Array.from({ length: 4 }, (_, n) => ({ id: n, start: draw(base.length), end: draw(base.length + 3) }));
    const pieces = segments(base, marks);
    if (pieces.map((one) => one.text).join("") !== base) wrong.push(["segments", base]);
    let at = 0;
    for (const piece of pieces) {
      for (const one of marks.filter(({ start, end }) => start < end && end <= base.length))
        if ((one.start <= at && at + piece.text.length <= one.end) !== piece.marks.includes(one)) wrong.push(["covered", base]);
      at += piece.text.length;
    }
  }
  if (merged("甲乙丙", "甲子丙", "甲丑丙", "zh") !== null) wrong.push(["both changed one place"]);
  return JSON.stringify({ wrong: wrong.slice(0, 5), merges });
})"""
