"""Models and operations, in Chromium, over a real service: what operators see, what they decide, and who feels it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.pipeline.browser import Browser
from tests.service.newsroom.house import settings
from tests.storage.house import PASSWORD
from tests.workbench.newsroom import Newsroom, Person, emptied, newsroom
from tests.workbench.staff import Writing

PAGE = "<!doctype html><title>report</title><h1>Report</h1><script>document.title = document.cookie</script>"
OPEN = "document.querySelector('dialog[open]')"
SHUT = f"!{OPEN}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    folder = tmp_path_factory.mktemp("operations")
    run = folder / "runs" / "city-news"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "report.html").write_text(PAGE)
    with newsroom(folder, settings(runs=folder / "runs")) as found:
        yield found


@pytest.fixture
def chrome(shared_chrome: Browser) -> Iterator[Browser]:
    """A browser in which nobody was before; nothing on its console by the end."""
    yield emptied(shared_chrome, 1440)
    assert [error for error in shared_chrome.errors if "status of 4" not in error] == []


def answer(chrome: Browser, **fields: str) -> None:
    """Fill a dialog in and say yes."""
    chrome.wait_for(OPEN)
    for name, text in fields.items():
        chrome.do(f"document.querySelector('dialog[open] [data-field={name}]').focus()")
        chrome.type(text)
    chrome.click("[data-act=ask-yes]")


def test_an_operator_switches_a_feature_off_and_who_wants_it_reads_why(
    house: Newsroom, chrome: Browser
) -> None:
    operator, reporter = (
        house.account("ops", role="operator", display="周宁"),
        house.account("mei", display="梅"),
    )
    draft = Writing(house).draft(reporter, "zh", "标题", "正文", "")
    at = Person(house, chrome, operator)
    at.log_in("/operations?part=features")
    chrome.wait_for("document.querySelector('[data-feature=export]')")
    chrome.click("[data-feature=export] [data-act=switch]")
    answer(chrome)
    chrome.wait_for("document.querySelector('dialog .field-problem')")  # a reason is asked for
    answer(chrome, reason="标识服务检修至14时")
    chrome.wait_for("document.querySelector('[data-feature=export] [aria-checked=false]')")

    chrome.call("Network.clearBrowserCookies")
    at = Person(house, chrome, reporter)
    at.log_in(f"/review/{draft['id']}")
    chrome.wait_for("document.querySelector('[data-part=export]')")
    chrome.click("[data-part=export]")
    chrome.click("[data-format=docx]")
    chrome.wait_for("document.querySelector('.toast')")
    assert "标识服务检修至14时" in at.text(".toast")

    chrome.call("Network.clearBrowserCookies")
    at = Person(house, chrome, operator)
    at.log_in("/operations?part=audit")
    chrome.wait_for("document.querySelector('[data-audit]')")
    assert "标识服务检修至14时" in at.text(".log tbody")
    chrome.click("[data-part=requests]")
    chrome.wait_for("document.querySelector('[data-request]')")
    assert "switched_off" in at.text(".log tbody")
    chrome.click("[data-part=features]")
    chrome.wait_for("document.querySelector('[data-feature=export]')")
    chrome.click("[data-feature=export] [data-act=switch]")
    answer(chrome)
    chrome.wait_for("document.querySelector('[data-feature=export] [aria-checked=true]')")
    with house.client(reporter) as client:
        assert client.get(f"/drafts/{draft['id']}/export", params={"format": "markdown"}).status_code == 200


def test_an_administrator_makes_accounts_and_keys_whose_secrets_are_shown_once(
    house: Newsroom, chrome: Browser
) -> None:
    admin = house.account("admin", role="admin", display="管理员")
    at = Person(house, chrome, admin)
    at.log_in("/operations?part=accounts")
    chrome.wait_for("document.querySelector('[data-act=new-account]')")
    chrome.click("[data-act=new-account]")
    answer(chrome, name="sunyi", display="孙屹")
    chrome.wait_for("document.querySelector('[data-field=secret]')")
    password = at.value("[data-field=secret]")
    login = {"name": "sunyi", "password": password}
    assert httpx.post(f"{house.api}/v1/login", json=login, trust_env=False).status_code == 200
    chrome.click("[data-act=noted]")
    chrome.wait_for(SHUT)
    assert password not in chrome.do("document.documentElement.outerHTML")

    chrome.click("[data-part=keys]")
    chrome.wait_for("document.querySelector('[data-act=new-key]')")
    chrome.click("[data-act=new-key]")
    chrome.wait_for(f"{OPEN} && document.querySelector('[data-field=key-account] option')")
    chrome.do(
        "(() => { const one = document.querySelector('[data-field=key-account]'); one.value = 'sunyi'; one.dispatchEvent(new Event('change')); })()"
    )
    answer(chrome, name="排版系统", requests_a_minute="many")
    chrome.wait_for("document.querySelector('dialog .field-problem')")
    chrome.do("document.querySelector('dialog [data-field=requests_a_minute]').select()")
    answer(chrome, requests_a_minute="30")
    chrome.wait_for("document.querySelector('[data-field=secret]')")
    secret = {"Authorization": f"Bearer {at.value('[data-field=secret]')}"}
    assert httpx.get(f"{house.api}/v1/drafts", headers=secret, trust_env=False).status_code == 200
    chrome.click("[data-act=noted]")
    chrome.wait_for(f"{SHUT} && document.querySelector('[data-key]')")
    chrome.click("[data-act=revoke]")
    answer(chrome)
    chrome.wait_for("document.querySelector('[data-key].off')")
    assert httpx.get(f"{house.api}/v1/drafts", headers=secret, trust_env=False).status_code == 401

    chrome.click("[data-part=accounts]")
    chrome.click("[data-account=sunyi] [data-act=disable]")
    answer(chrome)
    chrome.wait_for("document.querySelector('[data-account=sunyi].off')")
    assert httpx.post(f"{house.api}/v1/login", json=login, trust_env=False).status_code == 401


def test_figures_refresh_while_somebody_types_and_budgets_hold(house: Newsroom, chrome: Browser) -> None:
    operator, reporter = house.account("ops", role="operator"), house.account("lin")
    at = Person(house, chrome, operator)
    at.log_in("/operations")
    chrome.wait_for(
        "document.querySelector('[data-tile=requests] b') && document.querySelectorAll('.chart').length === 3"
    )
    before = int(at.text("[data-tile=requests] b").replace(",", ""))
    with house.client(reporter) as client:
        for _ in range(3):
            client.get("/drafts")
    chrome.do("document.dispatchEvent(new Event('visibilitychange'))")  # back at this window
    chrome.wait_for(
        f"Number(document.querySelector('[data-tile=requests] b').textContent.replace(',', '')) >= {before + 3}"
    )
    chrome.do("document.querySelector('.chart svg').focus()")
    chrome.press("ArrowLeft")
    chrome.wait_for("document.querySelector('.chart-says b')")  # a point is read out by keyboard alone
    chrome.click("[data-part=budgets]")
    chrome.wait_for("document.querySelector('[data-act=new-budget]')")
    chrome.click("[data-act=new-budget]")
    chrome.wait_for(OPEN)
    chrome.do(
        "(() => { const one = document.querySelector('dialog [data-field=kind]'); one.value = 'account'; one.dispatchEvent(new Event('change')); })()"
    )
    chrome.wait_for("document.querySelector('dialog [data-field=account]')")
    answer(chrome, account=reporter, requests_a_minute="1")
    chrome.wait_for(f"{SHUT} && document.querySelector('.budgets')?.textContent.includes('{reporter}')")
    with house.client(reporter) as client:
        assert [client.get("/drafts").status_code for _ in range(3)][-1] == 429


def test_two_models_answer_side_by_side_and_can_be_stopped(house: Newsroom, chrome: Browser) -> None:
    editor = house.account("chen", role="editor")
    at = Person(house, chrome, editor)
    house.gateway.written = {"tuned": "跑动次数降至0.6次", "base": "跑动次数降至零点六次" * 200}
    house.gateway.pause = 0.01
    at.log_in("/models")
    chrome.wait_for("document.querySelectorAll('[data-engine]').length === 2")
    chrome.click("[data-field=prompt]")
    chrome.type("请为下面的稿件拟一个标题。")
    chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelector('[data-side=left] .figures-line')")
    assert at.text("[data-side=left] .side-text") == house.gateway.written["tuned"]
    chrome.wait_for("document.querySelector('[data-side=right] .side-text')?.textContent.length > 8")
    chrome.press("Escape")
    chrome.wait_for(
        "document.querySelector('[data-side=right] [role=status]').textContent.includes('已停止')"
    )
    assert len(at.text("[data-side=right] .side-text")) < len(house.gateway.written["base"])
    chrome.wait_for("document.querySelector('.difference')")


def test_a_report_is_shown_where_its_scripts_reach_nothing(
    house: Newsroom, chrome: Browser, tmp_path: Path
) -> None:
    organiser = house.account("org", role="organiser")
    at = Person(house, chrome, organiser)
    at.log_in("/models")
    chrome.wait_for("document.querySelector('.report-frame')")
    assert chrome.do("document.querySelector('.report-frame').sandbox.value") == "allow-scripts"
    assert not chrome.do("document.querySelector('[data-field=prompt]')")  # organisers ask no models
    with httpx.Client(base_url=house.pages, trust_env=False, timeout=60) as visitor:
        visitor.post("/login", data={"name": organiser, "password": PASSWORD})
        answer = visitor.get(chrome.do("document.querySelector('.report-frame').getAttribute('src')"))
        assert "<h1>Report</h1>" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "sandbox allow-scripts" in policy
        assert "allow-same-origin" not in policy
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_people_change_their_own_password_without_a_script(house: Newsroom) -> None:
    name = house.account("lin", language="en")
    elsewhere = house.client(name)
    with httpx.Client(base_url=house.pages, trust_env=False, timeout=60, follow_redirects=True) as visitor:
        visitor.post("/login", data={"name": name, "password": PASSWORD})

        def change(old: str, new: str, again: str) -> str:
            sent = {"old": old, "new": new, "again": again}
            return visitor.post("/account/password", data=sent).text

        assert "Fill in all three fields" in change(PASSWORD, "", "")
        assert "differ" in change(PASSWORD, "new-and-long-1", "new-and-long-2")
        assert "too short" in change(PASSWORD, "short", "short")
        assert "present password is wrong" in change("wrong", "new-and-long-1", "new-and-long-1")
        assert elsewhere.get("/me").status_code == 200
        assert "The password is changed" in change(PASSWORD, "new-and-long-1", "new-and-long-1")
        assert "The password is changed" not in visitor.get("/account").text  # said once
    assert elsewhere.get("/me").status_code == 401  # all other sessions have ended
    login = {"name": name, "password": "new-and-long-1"}
    assert httpx.post(f"{house.api}/v1/login", json=login, trust_env=False).status_code == 200
