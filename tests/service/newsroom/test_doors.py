"""Every door of the house has a lock; a route that is added without one fails here."""

from __future__ import annotations

import re

import httpx

from caibian.api.operations import FEATURES
from caibian.api.wire import DESK, ROLES
from caibian.storage.access import keys
from caibian.storage.accounts import set_disabled
from tests.service.newsroom.doors import Door, doors
from tests.service.newsroom.house import PEOPLE, House

OPEN = {
    "GET /health/live",
    "GET /health/ready",
    "GET /v1/health",
    "GET /v1/openapi.json",
    "POST /v1/login",
    "GET /v1/panel/health",
    "POST /v1/panel/login",
}
"""What anybody may ask. Whatever is added here reveals nothing and changes nothing."""


def _try(house: House, door: Door, who: str | None) -> httpx.Response:
    path = re.sub(r"\{[^}]+\}", "0" * 32, door.path)
    content = {} if door.method in ("GET", "DELETE") else {"json": {}}
    return house.client.request(door.method, path, headers=house.headers(who), **content)


def _key(house: House, role: str, features: list[str] | None = None) -> str:
    return keys.create_key(house.database, PEOPLE[role], "for doors", features=features)[1]


def _locked(house: House) -> list[Door]:
    found = doors(house.app)
    assert {str(door) for door in found} >= OPEN
    return [door for door in found if str(door) not in OPEN]


def test_without_credentials_no_door_opens(house: House) -> None:
    revoked, id = _key(house, "admin"), keys.keys(house.database)[0].id
    keys.revoke_key(house.database, id)
    expired = house.token("other")
    set_disabled(house.database, PEOPLE["other"], True)
    for door in _locked(house):
        assert door.gate is not None or door.personal, f"{door} has no lock: give it Depends(admitted(…))"
        for who in (None, "nobody-bears-this", "cbk_" + "a" * 32, revoked, expired):
            answer = _try(house, door, who)
            assert answer.status_code == 401, (str(door), who, answer.text)
            assert answer.headers["www-authenticate"] == "Bearer", str(door)
            assert PEOPLE["admin"] not in answer.text


def test_every_door_is_for_its_roles_alone(house: House) -> None:
    for door in _locked(house):
        if door.gate is None:
            continue
        for role in ROLES:
            answer = _try(house, door, role)
            if role in door.gate.roles:
                assert answer.status_code not in (401, 403, 500), (str(door), role, answer.text)
            else:
                assert answer.status_code == 403, (str(door), role, answer.text)


def test_a_key_opens_the_doors_of_its_features_alone_and_speaks_for_no_person(house: House) -> None:
    admin_key = _key(house, "admin")
    narrow: dict[str | None, str] = {}
    for feature in (None, *FEATURES):
        narrow[feature] = _key(house, "admin", [one for one in FEATURES if one != feature])
    for door in _locked(house):
        if door.gate is None:
            assert _try(house, door, admin_key).status_code == 401, str(door)
        elif door.gate.feature is None and door.gate.roles >= set(DESK):
            assert _try(house, door, narrow[None]).status_code not in (401, 403, 500), str(door)
        elif "admin" in door.gate.roles:
            answer = _try(house, door, narrow[door.gate.feature])
            assert answer.status_code == 403, (str(door), answer.text)
            assert "this key is" in answer.text


def test_what_is_switched_off_is_shut_for_everybody_and_nothing_else_is(house: House) -> None:
    every = [door for door in _locked(house) if door.gate is not None]
    for feature in FEATURES:
        house.put("operator", f"/features/{feature}", {"enabled": False, "reason": "维护"})
    for door in every:
        assert door.gate is not None
        role = "admin" if "admin" in door.gate.roles else next(iter(door.gate.roles))
        answer = _try(house, door, role)
        assert ("is switched off" in answer.text) == (door.gate.feature is not None), (str(door), answer.text)
        assert (answer.status_code == 403) == (door.gate.feature is not None), (str(door), answer.text)


def test_the_documented_routes_are_the_ones_that_exist(house: House) -> None:
    """The docstrings of `caibian.api` name each route of this part with its method."""
    from caibian.api import operations

    listed = {
        f"{method} {path}"
        for method, path in re.findall(
            r"^    (GET|PUT|POST|DELETE) +(/v1/[^ ?]+)", operations.__doc__ or "", re.M
        )
    }
    there = {re.sub(r":\w+\}", "}", str(door)) for door in doors(house.app)}
    assert listed <= there
    ours = r" /v1/(operations|features|budgets|accounts|keys|me|logout|reports)"
    assert {one for one in there if re.search(ours, one)} == listed
