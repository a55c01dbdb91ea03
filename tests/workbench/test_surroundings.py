"""What surrounds the pages: the login, cookies, headers, and who may send what."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from caibian.workbench.visit import inside
from tests.workbench.house import PASSWORD, House, items

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def visitor(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.pages, trust_env=False, timeout=60) as client:
        yield client


def log_in(visitor: httpx.Client, name: str, password: str = PASSWORD, back: str = "/") -> httpx.Response:
    return visitor.post("/login", params={"back": back}, data={"name": name, "password": password})


def test_pages_run_no_script_but_their_own_and_load_nothing_from_elsewhere(visitor: httpx.Client) -> None:
    page = visitor.get("/login")
    policy = page.headers["content-security-policy"]
    [nonce] = set(re.findall(r"'nonce-([\w-]+)'", policy))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r"<(?:script|style)\b(.{0,40})", page.text)) <= {
        found for found in re.findall(r"<(?:script|style)\b(.{0,40})", page.text) if nonce in found
    }
    assert nonce not in visitor.get("/login").headers["content-security-policy"]
    assert "://" not in re.sub(r"http://www\.w3\.org/\S+", "", page.text.split("<body>")[0])
    assert page.headers["x-frame-options"] == "DENY"


def test_the_browser_gets_a_cookie_that_scripts_cannot_read_and_never_the_token(
    house: House, visitor: httpx.Client
) -> None:
    name = house.expert("mei")
    house.panel([name], items(1))
    answer = log_in(visitor, name)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = visitor.get("/panels")
    assert page.status_code == 200
    kept = json.loads(base64.b64decode(visitor.cookies["caibian_workbench"].split(".")[0] + "=="))
    assert set(kept) <= {"number", "language", "id"}
    for text in (page.text, json.dumps(kept), answer.text):
        assert "Bearer" not in text
        assert "token" not in text.lower().replace("__nicegui", "")


def test_a_new_login_has_a_new_number_and_the_old_one_is_void_after_logout(
    house: House, visitor: httpx.Client
) -> None:
    name = house.expert("mei")
    log_in(visitor, name)
    old = visitor.cookies["caibian_workbench"]
    assert visitor.post("/logout").headers["location"] == "/login"
    assert visitor.get("/panels").headers["location"].startswith("/login")
    stolen = httpx.get(house.pages + "/panels", cookies={"caibian_workbench": old}, trust_env=False)
    assert stolen.status_code == 303


def test_wrong_names_missing_fields_and_too_many_tries_say_so(house: House, visitor: httpx.Client) -> None:
    name = house.expert("mei")
    visitor.headers["Accept-Language"] = "en"

    def said() -> str:
        return visitor.get("/login").text

    log_in(visitor, name, "")
    assert "Fill in account and password" in said()
    log_in(visitor, name, "wrong")
    assert "Wrong account or password" in said()
    assert "Wrong account or password" not in said()  # said once
    for _ in range(10):
        log_in(visitor, name, "wrong")
    log_in(visitor, name)
    assert re.search(r"Too many failed logins. Try again in \d+ min", said())


def test_a_session_that_the_service_ended_leads_to_the_login_and_back(
    house: House, visitor: httpx.Client
) -> None:
    from caibian.storage.accounts import set_password

    name = house.expert("mei")
    panel = house.panel([name], items(1))
    log_in(visitor, name)
    set_password(house.database, name, PASSWORD + "!")
    answer = visitor.get(f"/panels/{panel.id}")
    assert answer.headers["location"] == f"/login?back=/panels/{panel.id}"
    assert "登录已过期" in visitor.get(answer.headers["location"]).text
    again = log_in(visitor, name, PASSWORD + "!", back=f"/panels/{panel.id}")
    assert again.headers["location"] == f"/panels/{panel.id}"


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\t/evil.example"]
)
def test_a_login_leads_to_these_pages_only(address: str) -> None:
    assert inside(address) == "/"
    assert inside("/panels/1?x=2") == "/panels/1?x=2"


def test_what_another_site_sends_is_refused(house: House, visitor: httpx.Client) -> None:
    name = house.expert("mei")
    [id] = house.ids(name, house.panel([name], items(1)))
    log_in(visitor, name)
    draft = {"order": [*"ABCD"]}
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.put(f"/work/assignments/{id}/ranking", json=draft, headers=header).status_code == 403
        assert visitor.post("/logout", headers=header).status_code == 403
    assert visitor.get("/panels", headers={"Host": "evil.example"}).status_code == 400
    text = visitor.put(f"/work/assignments/{id}/ranking", content=json.dumps(draft), headers=FORM)
    assert text.status_code == 415
    assert house.view(name, id).state == "open"


def test_another_experts_item_and_an_organisers_page_are_not_shown(
    house: House, visitor: httpx.Client
) -> None:
    name, other = house.expert("mei"), house.expert("lin")
    panel = house.panel([other], items(1))
    [id] = house.ids(other, panel)
    log_in(visitor, name)
    assert visitor.get(f"/panels/{panel.id}/items/{id}").status_code == 404
    assert visitor.get(f"/work/assignments/{id}").status_code == 404
    assert visitor.get(f"/panels/{panel.id}/agreement").status_code == 403


def test_drafts_need_a_login_and_to_be_drafts(house: House, visitor: httpx.Client) -> None:
    name = house.expert("mei")
    [id] = house.ids(name, house.panel([name], items(1)))
    assert visitor.put(f"/work/assignments/{id}/draft", json={}).status_code == 401
    log_in(visitor, name)
    assert visitor.put(f"/work/assignments/{id}/draft", json={"order": "AB"}).json()["code"] == "invalid"
    assert visitor.put(f"/work/assignments/{id}/verdict", json={}).status_code == 404
    assert visitor.put(f"/work/assignments/{id}/draft", json={"order": ["B"]}).json()["revision"] == 1


def test_files_of_the_pages_are_kept_for_as_long_as_they_are_the_same(visitor: httpx.Client) -> None:
    page = visitor.get("/login").text
    for address in re.findall(r'"(/assets/[^"]+)"', page):
        found = visitor.get(address)
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
        old = re.sub(r"/assets/\w+/", "/assets/000000000000/", address)
        assert visitor.get(old).headers["cache-control"] == "no-store"
    assert visitor.get("/assets/x/secret").status_code == 404


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--api", "here"], "not an http address"),
        (["--api", "http://x", "--secret-env", "NO_SUCH"], "secret"),
    ],
)
def test_a_wrong_option_is_named_with_its_remedy(arguments: list[str], says: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "caibian.workbench", *arguments], capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 1
    assert says in found.stderr
    assert "Traceback" not in found.stderr
