"""Experts at the ranking page, in Chromium, over a real service: nothing of what they do is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caibian.storage.accounts import find_account
from caibian.storage.assignments import save_draft
from caibian.storage.overviews import Overview
from caibian.storage.work import Work
from tests.pipeline.browser import Browser, browser
from tests.workbench.coefficients import kendall_w, ordinal_alpha, pairwise_agreement
from tests.workbench.desk import ITEM, READY, SAVED, THANKS, Desk
from tests.workbench.house import SYSTEMS, House, items

NASTY = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\n第二行 &amp; {{ 1 }}"
LONG = "很长的答案。" * 17_000


@pytest.fixture(scope="module")
def shared() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def chrome(shared: Browser) -> Browser:
    """A browser in which nobody was before."""
    shared.visit("about:blank", "true")
    shared.call("Network.clearBrowserCookies")
    shared.screen(1440, 1200)
    still = {"name": "prefers-reduced-motion", "value": "reduce"}  # spares the waiting for what glides
    shared.call("Emulation.setEmulatedMedia", features=[still])
    shared.errors.clear()
    shared.requests.clear()
    return shared


@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_two_experts_rank_by_mouse_and_by_keyboard_and_all_of_it_is_in_the_database(
    house: House, chrome: Browser, count: int
) -> None:
    mouse, keys, boss = house.expert("mei"), house.expert("lin"), house.expert("org", role="organiser")
    panel = house.panel([mouse, keys], items(count))
    desk = Desk(house, chrome)
    done = _rank_all(desk, mouse, panel, by_mouse=True)
    desk.log_out()
    done |= _rank_all(desk, keys, panel, by_mouse=False)
    stored = house.handed_in(panel)
    assert {key: (one.order, one.violations) for key, one in stored.items()} == done
    assert all(one.abstained is None for one in stored.values())
    assert sum(one.seconds for one in stored.values()) > 0
    desk.log_out()
    desk.log_in(boss)
    _agreement_is_right(desk, panel, done)


Done = dict[tuple[str, str], tuple[tuple[str, ...], dict[str, tuple[str, ...]]]]


def _rank_all(desk: Desk, name: str, panel: Overview, *, by_mouse: bool) -> Done:
    """Rank every item; in the second the page is loaded anew. Gives what was done, systems named."""
    done: Done = {}
    desk.log_in(name)
    desk.go_on()
    for position, assignment in enumerate(desk.house.ids(name, panel), 1):
        desk.next_item(position)
        desk.wait_for_dragging()
        seats = desk.order()
        # The mouse always reverses, the keys turn by some places: from full agreement to full disagreement.
        turn = 1 + position % (len(seats) - 1)
        order = seats[::-1] if by_mouse else seats[turn:] + seats[:turn]
        (desk.drag_into if by_mouse else desk.key_into)(order)
        worst = order[-1]
        desk.mark(worst, "accuracy", by_mouse=by_mouse)
        if position == 2:
            desk.chrome.wait_for(SAVED)
            desk.chrome.visit(desk.chrome.do("location.href"), ITEM)
            assert desk.order() == order
        system = desk.house.systems(assignment)
        example = desk.house.example(assignment)
        done[name, example] = (tuple(system[letter] for letter in order), {system[worst]: ("accuracy",)})
        if by_mouse:
            desk.chrome.click("[data-act=submit]")
        else:
            desk.chrome.press(worst.lower())  # to its card: Enter on the chip would press the chip
            desk.chrome.press("Enter")
    desk.chrome.wait_for(THANKS)
    return done


def _agreement_is_right(desk: Desk, panel: Overview, done: Done) -> None:
    orders: dict[str, list[tuple[str, ...]]] = {}
    for (_, example), (order, _) in sorted(done.items()):
        orders.setdefault(example, []).append(order)
    expected = {
        "alpha": ordinal_alpha(orders),
        "kendall_w": kendall_w(orders),
        "agreement": pairwise_agreement(orders),
    }
    address = f"{desk.house.pages}/panels/{panel.id}/agreement"
    desk.chrome.visit(address, "document.querySelector('[data-coefficient]')")
    shown = desk.chrome.do(
        "Object.fromEntries([...document.querySelectorAll('[data-coefficient]')].map((row) => "
        "[row.dataset.coefficient, row.querySelector('.interval-text b').textContent]))"
    )
    for name, value in expected.items():
        assert float(shown[name].replace("−", "-")) == pytest.approx(value, abs=0.0051), name
    listed = desk.chrome.do("[...document.querySelectorAll('[data-item]')].map((row) => row.dataset.item)")
    least = min(pairwise_agreement({example: given}) for example, given in orders.items())
    assert pairwise_agreement({listed[0]: orders[listed[0]]}) == pytest.approx(least)
    desk.chrome.click("[data-item] a")
    desk.chrome.wait_for("document.querySelector('.places')")
    assert listed[0] in desk.chrome.do("document.querySelector('h1').textContent")
    named = desk.chrome.do("[...document.querySelectorAll('[data-system]')].map((one) => one.dataset.system)")
    assert sorted(named) == sorted(orders[listed[0]][0])


def test_an_answer_is_shown_as_the_text_it_is_whatever_it_holds(house: House, chrome: Browser) -> None:
    name = house.expert("mei")
    panel = house.panel([name], items(1, base=NASTY, tuned="", large=LONG))
    letter = {system: key for key, system in house.systems(house.ids(name, panel)[0]).items()}
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    text = "document.querySelector('.answer[data-key={}] .reading').textContent"
    assert chrome.do(text.format(letter["base"])) == NASTY
    assert chrome.do("document.querySelectorAll('.answers script, .answers img').length") == 0
    assert chrome.do("document.title") != "owned"
    assert "空答案" in chrome.do(f"document.querySelector('.answer[data-key={letter['tuned']}]').textContent")
    assert len(chrome.do(text.format(letter["large"]))) < 1000  # folded
    chrome.click(f".answer[data-key={letter['large']}] .unfold")
    assert chrome.do(text.format(letter["large"])) == LONG
    box = f"document.querySelector('.answer[data-key={letter['large']}] .reading')"
    assert chrome.do(f"{box}.clientHeight < innerHeight && {box}.scrollHeight > {box}.clientHeight")
    assert chrome.errors == []


def test_nothing_is_loaded_from_outside_and_no_policy_is_broken(house: House, chrome: Browser) -> None:
    name, boss = house.expert("mei"), house.expert("org", role="organiser")
    panel = house.panel([name], items(1))
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    chrome.press("?")
    chrome.wait_for("document.querySelector('dialog[open]')")
    chrome.press("Escape")
    desk.log_out()
    desk.log_in(boss)
    chrome.visit(
        f"{house.pages}/panels/{panel.id}/agreement", "document.querySelector('.report-parts .notice')"
    )
    assert len(chrome.requests) > 20
    assert not [url for url in chrome.requests if ".woff" in url]  # text never waits for a font
    assert [url for url in chrome.requests if not url.startswith((house.pages, "data:"))] == []
    assert chrome.errors == []  # a broken Content-Security-Policy is one


def test_work_goes_on_while_the_service_is_away_and_is_saved_once_it_is_back(
    house: House, chrome: Browser
) -> None:
    name = house.expert("mei")
    assignment = house.ids(name, house.panel([name], items(2)))[0]
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    _offline(chrome, True)
    desk.key_into("DABC")
    chrome.wait_for("document.querySelector('.save-state.unavailable')")
    assert "自动重试" in chrome.do("document.querySelector('.save-state').textContent")
    chrome.press("d")
    chrome.press("Enter")
    chrome.wait_for("document.querySelector('.notice.bad')")
    assert house.view(name, assignment).work.order == ()
    _offline(chrome, False)
    chrome.wait_for(SAVED)
    assert house.view(name, assignment).work.order == [*"DABC"]


def _offline(chrome: Browser, offline: bool) -> None:
    unlimited = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    chrome.call("Network.emulateNetworkConditions", offline=offline, **unlimited)


def test_what_could_not_be_saved_before_the_window_closed_is_there_again(
    house: House, chrome: Browser
) -> None:
    name = house.expert("mei")
    assignment = house.ids(name, house.panel([name], items(1)))[0]
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    here = chrome.do("location.href")
    chrome.do("window.fetch = () => Promise.reject(new TypeError('the network is gone')), 0")
    desk.key_into("CBAD")
    chrome.wait_for("document.querySelector('.save-state.unavailable')")
    chrome.visit("about:blank", "true")
    assert house.view(name, assignment).work.order == ()
    chrome.visit(here, ITEM)
    assert desk.order() == "CBAD"
    assert "找回" in chrome.do("document.querySelector('.notices').textContent")
    chrome.wait_for(SAVED)
    assert house.view(name, assignment).work.order == list("CBAD")


def test_a_second_device_that_was_faster_is_shown_and_ones_own_order_can_still_be_had(
    house: House, chrome: Browser
) -> None:
    name = house.expert("mei")
    assignment = house.ids(name, house.panel([name], items(1)))[0]
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    account = find_account(house.database, name)
    assert account
    save_draft(house.database, account, assignment, Work(order=("D", "C", "B", "A"), comment="手机上"), 0)
    desk.key_into("BACD")
    chrome.wait_for("document.querySelector('.notice.warn')")
    assert desk.order() == "DCBA"
    assert chrome.do("document.querySelector('.comment textarea').value") == "手机上"
    chrome.click(".notice.warn .link-button")
    assert desk.order() == "BACD"
    chrome.wait_for(SAVED)
    assert house.view(name, assignment).work.order == list("BACD")


def test_an_order_that_nobody_touched_is_handed_in_only_when_confirmed(house: House, chrome: Browser) -> None:
    name = house.expert("mei")
    panel = house.panel([name], items(1))
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    chrome.press("Enter")
    chrome.wait_for("document.querySelector('dialog.dialog-confirm[open]')")
    chrome.press("Escape")
    chrome.wait_for("!document.querySelector('dialog')")
    assert house.handed_in(panel) == {}
    chrome.press("Enter")
    chrome.wait_for("document.activeElement.dataset.act === 'confirm'")
    chrome.press("Enter")
    chrome.wait_for(THANKS)
    [one] = house.handed_in(panel).values()
    assert set(one.order) == set(SYSTEMS)
    assert one.order == one.shown


def test_an_item_is_skipped_with_a_reason_and_can_be_ranked_later(house: House, chrome: Browser) -> None:
    name = house.expert("mei")
    panel = house.panel([name], items(1))
    desk = Desk(house, chrome)
    desk.log_in(name)
    desk.go_on()
    here = chrome.do("location.href")
    chrome.press("s")
    chrome.wait_for("document.querySelector('dialog.dialog-skip[open]')")
    chrome.click("[data-act=skip-now]")
    chrome.wait_for("document.querySelector('.field-problem')")
    chrome.click("input[value=cannot_tell]")
    chrome.click(".dialog-skip textarea")
    chrome.type("几乎一样")
    chrome.click("[data-act=skip-now]")
    chrome.wait_for(THANKS)
    [one] = house.handed_in(panel).values()
    assert (one.abstained, one.comment) == ("cannot_tell", "几乎一样")
    chrome.visit(here, ITEM)
    desk.wait_for_dragging()
    desk.key_into("BADC")
    assert "还没有提交" in chrome.do("document.querySelector('.save-state').textContent")
    chrome.click("[data-act=submit]")
    chrome.wait_for(THANKS)
    [one] = house.handed_in(panel).values()
    assert one.abstained is None
    assert len(one.order) == len(SYSTEMS)


def test_pages_fit_a_phone_and_speak_both_languages(house: House, chrome: Browser) -> None:
    name = house.expert("anna", language="en")
    panel = house.panel([name], items(3, base="x" * 400))
    desk = Desk(house, chrome)
    chrome.screen(360, 740)
    chrome.visit(house.pages + "/login", READY)
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert chrome.do(fits)
    desk.log_in(name)
    assert "My panels" in chrome.do("document.querySelector('h1').textContent")
    first = house.ids(name, panel)[0]
    for path in ("/panels", f"/panels/{panel.id}", f"/panels/{panel.id}/items/{first}"):
        chrome.visit(house.pages + path, READY)
        assert chrome.do(fits), path
        assert chrome.do("document.documentElement.lang") == "en-US"
    chrome.click(".switch")
    chrome.wait_for("document.documentElement.lang === 'zh-CN'")
    chrome.wait_for("document.querySelector('[data-act=submit]')?.textContent === '提交排序'")
    chrome.click(".to-dark button")
    chrome.wait_for("document.documentElement.dataset.theme === 'dark'")
    chrome.visit(house.pages + "/panels", READY)
    assert chrome.do("document.documentElement.dataset.theme") == "dark"
