"""Reporters at the desk, in Chromium, over a real newsroom whose models say what a test says."""

from __future__ import annotations

import re

import pytest

from caibian.storage.accounts import set_password
from tests.pipeline.browser import Browser
from tests.storage.house import PASSWORD
from tests.workbench.newsroom import STORY, WRITTEN, Newsroom, Person, emptied

NASTY = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> &amp; {{ 1 }}"
DONE = "document.querySelectorAll('.card.done').length === {}"
MATERIAL = "[data-field=article]"
EDITOR = ".card[data-slot='0'] .marked textarea"


@pytest.fixture
def house(shared_newsroom: Newsroom) -> Newsroom:
    """The newsroom, its models quick and saying what `WRITTEN` has."""
    shared_newsroom.gateway.pause, shared_newsroom.gateway.written = 0.0, dict(WRITTEN)
    return shared_newsroom


@pytest.fixture
def chrome(shared_chrome: Browser) -> Browser:
    """A browser in which nobody was before."""
    return emptied(shared_chrome)


@pytest.fixture
def mei(house: Newsroom, chrome: Browser) -> Person:
    """A reporter who has just logged in."""
    person = Person(house, chrome, house.account("mei"))
    person.log_in()
    return person


def test_a_headline_is_written_held_against_its_story_edited_and_made_a_draft(
    house: Newsroom, chrome: Browser, mei: Person
) -> None:
    assert chrome.do("location.pathname") == "/desk"
    mei.write(".task-search", "新闻标题")
    chrome.press("Enter")
    chrome.wait_for(
        "location.pathname === '/desk/headline.news' && document.querySelector('[data-field=article]')"
    )
    chrome.press("Enter", control=True)
    assert "请填这一项" in mei.text(".field.missing")
    mei.write(MATERIAL, STORY)
    chrome.do("document.querySelector('[data-option=model]').value = 'base'")
    chrome.do("document.querySelector('[data-option=model]').dispatchEvent(new Event('change'))")
    chrome.press("Enter", control=True)
    chrome.wait_for(DONE.format(1))
    _facts_lead_into_the_source(mei)
    _an_edit_shows_what_changed_and_is_checked(mei)
    chrome.visit(chrome.do("location.href"), "document.querySelector('.changes')")
    assert mei.value(MATERIAL) == STORY  # nothing is lost by a reload
    assert mei.value(EDITOR).startswith("全市87个事项")
    chrome.click("[data-act=draft]")
    chrome.wait_for("document.querySelector('[data-field=draft-title]')")
    assert mei.value("[data-field=draft-body]") == STORY
    chrome.click("[data-act=draft-make]")
    chrome.wait_for("document.querySelector('[data-format=docx]')")
    with house.client(mei.name) as client:
        [row] = client.get("/drafts").json()
        draft = client.get(f"/drafts/{row['id']}").json()
    assert draft["title"].startswith("全市87个事项")
    assert draft["origin"]["text"] == WRITTEN["base"]
    assert (draft["origin"]["task"], draft["origin"]["model"]) == ("headline.news", "base")
    assert STORY in draft["source"]
    assert chrome.errors == []
    assert {re.sub(r"^(\w+://[^/]+).*", r"\1", url) for url in chrome.requests if url.startswith("http")} == {
        house.pages
    }


def _facts_lead_into_the_source(mei: Person) -> None:
    found = {
        status: mei.texts(f".fact[data-fact={status}] span") for status in ("found", "changed", "absent")
    }
    assert "0.6次" in found["found"]
    assert any("王志强" in text for text in found["changed"] + found["absent"])
    [wrong] = [text for text in found["changed"] if "78" in text]
    assert mei.text("[data-count=absent] b") == str(len(found["absent"]))
    place = mei.texts(".fact span").index(wrong)
    mei.chrome.do(f"document.querySelectorAll('.fact')[{place}].click()")
    mei.chrome.wait_for("document.querySelector('.source-marked mark.chosen')")
    assert "87" in mei.text(".source-marked mark.chosen")
    assert "87" in mei.text(".fact-detail .fact-source mark")
    assert "78" in mei.text(".marked-under mark.chosen")


def _an_edit_shows_what_changed_and_is_checked(mei: Person) -> None:
    mei.write(EDITOR, WRITTEN["base"].replace("78个", "87个").replace("王志强", "李文涛"))
    mei.chrome.wait_for("document.querySelectorAll('.fact[data-fact=found]').length > 2")
    mei.chrome.wait_for("document.querySelectorAll('.fact:not(.found)').length === 0")
    assert "".join(mei.texts(".changes del")) != ""
    assert "87" in "".join(mei.texts(".changes ins"))
    assert "李文涛" in "".join(mei.texts(".changes ins"))


def test_two_models_answer_side_by_side_stop_at_once_and_write_again(
    house: Newsroom, chrome: Browser, mei: Person
) -> None:
    mei.open("/desk/headline.news", MATERIAL)
    mei.write(MATERIAL, STORY)
    chrome.do("document.querySelector('[data-option=other]').value = 'base'")
    chrome.do("document.querySelector('[data-option=other]').dispatchEvent(new Event('change'))")
    house.gateway.pause = 0.3
    asked, closed = len(house.gateway.asked), len(house.gateway.closed)
    chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelectorAll('.card.writing').length === 2")
    chrome.wait_for("[...document.querySelectorAll('.writing[lang]')].every((one) => one.textContent)")
    chrome.press("Escape")
    chrome.wait_for("document.querySelectorAll('.card.stopped').length === 2")
    for _ in range(100):
        if len(house.gateway.closed) == closed + 2:
            break
        chrome.do("new Promise((done) => setTimeout(done, 50))")
    assert len(house.gateway.closed) == closed + 2, "the models go on though nobody listens"
    part = mei.value(EDITOR)
    assert WRITTEN["tuned"].startswith(part)
    house.gateway.pause = 0.0
    chrome.click(".card[data-slot='0'] [data-act=retry]")
    chrome.wait_for(DONE.format(1))
    assert mei.value(EDITOR) == WRITTEN["tuned"]
    assert mei.texts(".card-model") == ["tuned", "base"]
    seeds = [one.options.seed for one in house.gateway.asked[asked:]]
    assert seeds[2] not in seeds[:2]
    chrome.click(".card[data-slot='0'] .pager .icon-button")
    assert mei.value(EDITOR) == part


def test_thumbs_ask_for_consent_once_and_keep_no_text_without_it(
    house: Newsroom, chrome: Browser, mei: Person
) -> None:
    mei.open("/desk/headline.news", MATERIAL)
    mei.write(MATERIAL, STORY)
    chrome.press("Enter", control=True)
    chrome.wait_for(DONE.format(1))
    chrome.click("[data-act=thumb-up]")
    chrome.wait_for("document.querySelector('[data-act=consent-no]')")
    chrome.click("[data-act=consent-no]")
    chrome.wait_for("document.querySelector('[data-toast=good]')")
    chrome.click("[data-act=thumb-down]")
    chrome.wait_for("document.querySelector('.thumb.on[data-act=thumb-down]')")
    chrome.wait_for("!document.querySelector('dialog[open]')")
    with house.client(house.account("chief", role="editor")) as client:
        for _ in range(100):
            found = client.get("/feedback").json()
            if found["total"] == 2:
                break
            chrome.do("new Promise((done) => setTimeout(done, 50))")
    assert (found["up"], found["down"], found["with_consent"], found["examples"]) == (1, 1, 0, 0)


def test_what_is_typed_outlives_a_lost_login(house: Newsroom, chrome: Browser, mei: Person) -> None:
    mei.open("/desk/headline.news", MATERIAL)
    mei.write(MATERIAL, STORY)
    set_password(house.database, mei.name, PASSWORD)  # ends all sessions
    chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelector('[data-toast=bad] a')")
    back = chrome.do("document.querySelector('[data-toast=bad] a').getAttribute('href')")
    assert back == "/login?back=%2Fdesk%2Fheadline.news"
    mei.log_in(back="/desk/headline.news")
    chrome.wait_for("document.querySelector('[data-field=article]')")
    assert mei.value(MATERIAL) == STORY


def test_scripts_in_material_answers_and_sources_are_shown_as_text(
    house: Newsroom, chrome: Browser, mei: Person
) -> None:
    house.gateway.written = {"tuned": f"{NASTY}共87个"}
    mei.open("/desk/headline.news", MATERIAL)
    mei.write(MATERIAL, f"{NASTY}\n共有87个事项。")
    mei.write("[data-field=angle]", NASTY)
    chrome.press("Enter", control=True)
    chrome.wait_for(DONE.format(1))
    assert mei.value(EDITOR) == f"{NASTY}共87个"
    mei.write(EDITOR, f"{NASTY}共87个{NASTY}")
    chrome.wait_for("document.querySelector('.changes ins')")
    chrome.do("document.querySelector('.fact').click()")
    chrome.wait_for("document.querySelector('.source-marked')")
    assert NASTY in mei.text(".source-marked")
    chrome.click("[data-act=draft]")
    chrome.wait_for("document.querySelector('[data-field=draft-title]')")
    assert chrome.do("document.querySelectorAll('.desk-page img, .desk-page script').length") == 0
    assert "owned" not in chrome.do("document.title")


def test_the_desk_is_usable_on_a_phone(house: Newsroom, chrome: Browser, mei: Person) -> None:
    chrome.screen(390, 844)
    mei.open("/desk/headline.news", MATERIAL)
    assert chrome.do("document.documentElement.scrollWidth <= innerWidth")
    chrome.click(".list-button")
    chrome.wait_for("document.querySelector('.desk-page.list-open .task-search')")
    chrome.click("[data-task='summary.news']")
    chrome.wait_for("location.pathname === '/desk/summary.news'")
    chrome.click("[data-act=example]")
    chrome.click("[data-act=run]")
    chrome.wait_for(DONE.format(1))
    assert chrome.do("document.documentElement.scrollWidth <= innerWidth")
    chrome.click(".menu > summary")
    assert mei.texts(".menu-links a") == ["写作台", "稿库", "审稿", "模型"]
