"""Accounts and keys over HTTP: made, changed, shut out, each change in the log under its actor."""

from __future__ import annotations

from datetime import timedelta

from caibian.api.operations import AccountRow, AuditPage, FreshKey, KeyRow, NewPassword
from tests.service.newsroom.house import PEOPLE, House
from tests.storage.house import PASSWORD


def _log_in(house: House, name: str, password: str) -> int:
    return house.ask(None, "POST", "/login", json={"name": name, "password": password}).status_code


def test_a_new_account_gets_in_with_the_password_that_is_shown_once(any_house: House) -> None:
    house = any_house
    made = NewPassword.model_validate(
        house.post("admin", "/accounts", {"name": "李四", "role": "editor", "display": "李编辑"})
    )
    assert (made.account.role, made.account.display, made.account.disabled) == ("editor", "李编辑", False)
    assert _log_in(house, "李四", made.password) == 200
    rows = [AccountRow.model_validate(row) for row in house.get("admin", "/accounts")]
    assert made.account in rows
    assert made.password not in str(rows)
    again = house.problem("admin", "POST", "/accounts", 409, json={"name": " 李四 ", "role": "reporter"})
    assert again.message == "account 李四: there is one already"


def test_names_that_cannot_be_are_refused_not_stored(any_house: House) -> None:
    house = any_house
    for body, says in (
        ({"name": "a,b", "role": "editor"}, "a name has"),
        ({"name": "a\x00b", "role": "editor"}, "a name has"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "x", "role": "editor", "display": "nul \x00"}, "display"),
    ):
        assert says in house.problem("admin", "POST", "/accounts", 422, json=body).message
    assert len(house.get("admin", "/accounts")) == len(PEOPLE)
    for path in ("/accounts/nobody", "/accounts/a%00b", "/accounts/%ED%A0%80"):
        assert house.problem("admin", "PUT", path, 404, json={"role": "editor"}).code == "not_found"


def test_a_role_counts_from_the_next_request_on_and_who_is_disabled_is_out_at_once(any_house: House) -> None:
    house = any_house
    house.problem("reporter", "GET", "/accounts", 403)
    house.put("admin", f"/accounts/{PEOPLE['reporter']}", {"role": "admin"})
    house.get("reporter", "/accounts")
    row = house.put("admin", f"/accounts/{PEOPLE['reporter']}", {"disabled": True, "role": "reporter"})
    assert (row["role"], row["disabled"]) == ("reporter", True)
    house.problem("reporter", "GET", "/features", 401)
    assert _log_in(house, PEOPLE["reporter"], PASSWORD) == 401
    house.put("admin", f"/accounts/{PEOPLE['reporter']}", {"disabled": False})
    assert _log_in(house, PEOPLE["reporter"], PASSWORD) == 200


def test_the_last_admin_can_neither_leave_nor_be_made_to(any_house: House) -> None:
    house, admin = any_house, PEOPLE["admin"]
    for body in ({"role": "editor"}, {"disabled": True}, {"role": "editor", "disabled": True}):
        problem = house.problem("admin", "PUT", f"/accounts/{admin}", 422, json=body)
        assert "is the last admin in use" in problem.message
    house.put("admin", f"/accounts/{PEOPLE['editor']}", {"role": "admin"})
    house.put("editor", f"/accounts/{admin}", {"role": "editor"})
    house.problem("admin", "GET", "/accounts", 403)
    house.problem("editor", "PUT", f"/accounts/{PEOPLE['editor']}", 422, json={"disabled": True})


def test_a_person_changes_their_own_password_and_stays_logged_in_here_alone(any_house: House) -> None:
    house = any_house
    answer = house.ask(None, "POST", "/login", json={"name": PEOPLE["reporter"], "password": PASSWORD})
    elsewhere = answer.json()["token"]
    new = "ein-neues-passwort"
    wrong = house.problem("reporter", "POST", "/me/password", 422, json={"old": "falsch", "new": new})
    assert wrong.message == "old: is not the password of this account"
    house.problem("reporter", "POST", "/me/password", 422, json={"old": PASSWORD, "new": "short"})
    house.get(elsewhere, "/me")
    assert (
        house.ask("reporter", "POST", "/me/password", json={"old": PASSWORD, "new": new}).status_code == 204
    )
    assert house.get("reporter", "/me")["name"] == PEOPLE["reporter"]
    house.problem(elsewhere, "GET", "/me", 401)
    assert (_log_in(house, PEOPLE["reporter"], PASSWORD), _log_in(house, PEOPLE["reporter"], new)) == (
        401,
        200,
    )


def test_guessing_a_password_by_a_stolen_session_is_slowed_down_as_logins_are(house: House) -> None:
    body = {"old": "falsch", "new": "long enough"}
    statuses = [house.ask("reporter", "POST", "/me/password", json=body).status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_a_reset_password_ends_sessions_and_the_secret_is_in_no_list(any_house: House) -> None:
    house = any_house
    token = house.token("editor")
    made = house.post("admin", f"/accounts/{PEOPLE['editor']}/password")
    house.problem(token, "GET", "/features", 401)
    assert _log_in(house, PEOPLE["editor"], made["password"]) == 200
    assert made["password"] not in house.ask("operator", "GET", "/operations/audit").text


def test_a_key_works_until_it_expires_or_is_revoked(any_house: House) -> None:
    house = any_house
    until = (house.clock.now + timedelta(hours=1)).isoformat()
    fresh = FreshKey.model_validate(
        house.post(
            "admin",
            "/keys",
            {
                "account": PEOPLE["reporter"],
                "name": "CMS",
                "expires_at": until,
                "features": ["chat", "tasks"],
            },
        )
    )
    assert fresh.secret.startswith(fresh.key.prefix)
    assert len(fresh.secret) == 36
    assert fresh.key.features == ["chat", "tasks"]
    house.get(fresh.secret, "/tasks")
    row = KeyRow.model_validate(house.get("admin", "/keys")[0])
    assert row.model_copy(update={"last_used": None}) == fresh.key
    assert fresh.secret not in house.ask("admin", "GET", "/keys").text
    house.clock.move(hours=1)
    assert "has expired" in house.problem(fresh.secret, "GET", "/tasks", 401).message

    other = FreshKey.model_validate(
        house.post("admin", "/keys", {"account": PEOPLE["reporter"], "name": "script"})
    )
    house.get(other.secret, "/tasks")
    for _ in range(2):  # twice is harmless
        assert house.ask("admin", "DELETE", f"/keys/{other.key.id}").status_code == 204
    assert "was revoked" in house.problem(other.secret, "GET", "/tasks", 401).message
    assert [row["revoked"] for row in house.get("admin", "/keys")] == [True, False]


def test_a_key_goes_with_its_account(house: House) -> None:
    fresh = house.post("admin", "/keys", {"account": PEOPLE["reporter"], "name": "script"})
    house.put("admin", f"/accounts/{PEOPLE['reporter']}", {"disabled": True})
    assert "disabled" in house.problem(fresh["secret"], "GET", "/tasks", 401).message
    house.put("admin", f"/accounts/{PEOPLE['reporter']}", {"disabled": False, "role": "expert"})
    assert "role expert" in house.problem(fresh["secret"], "GET", "/tasks", 403).message


def test_a_wrong_key_is_refused_by_its_field(any_house: House) -> None:
    house, account = any_house, PEOPLE["reporter"]
    past = (house.clock.now - timedelta(seconds=1)).isoformat()
    for body, status, says in (
        ({"account": "nobody", "name": "x"}, 404, "nobody"),
        ({"account": "a\x00b", "name": "x"}, 404, "account"),
        ({"account": account, "name": "  "}, 422, "name"),
        ({"account": account, "name": "a\x00b"}, 422, "name"),
        ({"account": account, "name": "x", "expires_at": past}, 422, "expires_at"),
        ({"account": account, "name": "x", "expires_at": "2030-01-01T00:00:00"}, 422, "expires_at"),
        ({"account": account, "name": "x", "features": []}, 422, "features"),
        ({"account": account, "name": "x", "features": ["mining"]}, 422, "features.0"),
        ({"account": account, "name": "x", "limits": {"tokens_a_day": 0}}, 422, "limits.tokens_a_day"),
    ):
        assert says in house.problem("admin", "POST", "/keys", status, json=body).message
    assert house.get("admin", "/keys") == []
    for id in ("0" * 32, "a%00b", "x" * 200):
        assert house.ask("admin", "DELETE", f"/keys/{id}").status_code == 404


def test_every_change_is_in_the_log_under_who_made_it(any_house: House) -> None:
    house = any_house
    house.post("admin", "/accounts", {"name": "neu", "role": "reporter"})
    house.put("admin", "/accounts/neu", {"role": "editor"})
    house.put("admin", "/accounts/neu", {"role": "editor"})  # changes nothing
    house.post("admin", "/accounts/neu/password")
    key = house.post("admin", "/keys", {"account": "neu", "name": "k"})["key"]["id"]
    house.ask("admin", "DELETE", f"/keys/{key}")
    house.put("admin", "/accounts/neu", {"disabled": True})
    page = AuditPage.model_validate(house.get("operator", "/operations/audit?subject=neu"))
    assert {row.actor for row in page.rows} == {PEOPLE["admin"]}
    assert [row.action for row in reversed(page.rows)] == [
        "create account",
        "change role",
        "new password",
        "create key",
        "revoke key",
        "disable account",
    ]
    assert page.rows[4].detail == {"before": "reporter", "after": "editor"}


def test_the_log_is_read_in_pages_that_miss_nothing_and_repeat_nothing(any_house: House) -> None:
    house = any_house
    whole = house.get("operator", "/operations/audit?limit=500")["rows"]
    seen, cursor = [], ""
    while cursor is not None:
        page = house.get("operator", f"/operations/audit?limit=4{cursor and '&cursor=' + cursor}")
        seen += page["rows"]
        cursor = page["next"]
    assert [row["id"] for row in seen] == [row["id"] for row in whole]
    for cursor in ("x", "-1", "1e3", "９"):
        assert house.problem("operator", "GET", f"/operations/audit?cursor={cursor}", 422).code == "invalid"
    assert house.get("operator", "/operations/audit?subject=%00") == {"rows": [], "next": None}


def test_who_is_logged_in_may_choose_a_language_and_leave(house: House) -> None:
    assert house.get("reporter", "/me")["language"] == "zh"
    assert house.put("reporter", "/me", {"language": "en"})["language"] == "en"
    assert house.ask("reporter", "POST", "/logout").status_code == 204
    house.problem("reporter", "GET", "/me", 401)
