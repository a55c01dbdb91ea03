"""Who gets in, what is refused, and in which words and headers."""

from __future__ import annotations

import logging

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import text

from caibian.api import panel as wire
from caibian.api.panel import Problem
from caibian.service.panel.app import create_panel_app
from caibian.storage import throttle
from caibian.storage.accounts import set_disabled
from tests.service.panel.desk import Desk, whole
from tests.storage.house import PASSWORD

_OPEN = {"/v1/panel/login", "/v1/panel/health"}


def _routes(app: object) -> list[tuple[str, str]]:
    """Every (method, path) the application answers, found by walking all its routes and routers."""
    found, waiting = [], list(app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in route.methods]
        else:
            waiting += getattr(getattr(route, "original_router", route), "routes", [])
    return found


def test_every_route_but_login_and_health_needs_a_token_and_organisers_routes_an_organiser(
    desk: Desk,
) -> None:
    app = create_panel_app(desk.database)
    routes = {
        path if path.startswith(wire.PREFIX) else wire.PREFIX + path: method for method, path in _routes(app)
    }
    documented = {
        wire.PREFIX + line.split()[1] for line in (wire.__doc__ or "").splitlines() if line.startswith("    ")
    }
    assert set(routes) | {"/v1/panel/me"} == documented
    assert len(_routes(app)) == 16
    organisers = 0
    with TestClient(app) as client:
        for method, path in _routes(app):
            path = path if path.startswith(wire.PREFIX) else wire.PREFIX + path
            real = path.replace("{id}", desk.panel.id).replace("{example:path}", "ex0")
            if path in _OPEN:
                continue
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}):
                answer = client.request(method, real, headers=headers, json={})
                assert answer.status_code == 401, (method, path)
                assert Problem.model_validate_json(answer.content).code == "unauthorised"
                assert answer.headers["www-authenticate"] == "Bearer"
            if path.rsplit("/", 1)[1] in ("progress", "rankings", "agreement", "{example:path}"):
                organisers += 1
                token = desk.token("anna")
                answer = client.request(method, real, headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 403
                assert Problem.model_validate_json(answer.content).code == "forbidden"
    assert organisers == 4


def test_login_gives_a_token_that_logout_takes_back(desk: Desk) -> None:
    me = desk.get("anna", "/me")
    assert me == {"name": "anna", "display": "anna", "role": "expert", "language": "zh"}
    assert desk.put("anna", "/me", {"language": "en"})["language"] == "en"
    assert desk.get("anna", "/me")["language"] == "en"
    assert desk.ask("anna", "POST", "/logout").status_code == 204
    assert desk.problem("anna", "GET", "/me", 401).code == "unauthorised"


def test_wrong_name_and_wrong_password_are_refused_alike(desk: Desk) -> None:
    said = [
        desk.problem(None, "POST", "/login", 401, json={"name": name, "password": "wrong"})
        for name in ("anna", "nobody", "an\x00na")
    ]
    assert said[0] == said[1] == said[2]
    set_disabled(desk.database, "idle", True)
    shut = desk.problem(None, "POST", "/login", 401, json={"name": "idle", "password": PASSWORD})
    assert shut == said[0]


def test_too_many_failed_logins_wait_as_long_as_the_answer_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PER_NAME", 2)
    for _ in range(2):
        desk.problem(None, "POST", "/login", 401, json={"name": "anna", "password": "wrong"})
    answer = desk.ask(None, "POST", "/login", json={"name": "anna", "password": PASSWORD})
    assert answer.status_code == 429
    assert Problem.model_validate_json(answer.content).code == "too_many"
    assert answer.headers["retry-after"] == "900"
    # Another worker on the same database counts on from there.
    with TestClient(create_panel_app(desk.database)) as other:
        assert other.post("/v1/panel/login", json={"name": "anna", "password": PASSWORD}).status_code == 429


def test_what_is_wrong_is_named_and_never_repeated(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    item = desk.assignments("anna")[0]
    put = f"/assignments/{item}/ranking"
    for path, content, says in (
        (put, {"json": whole(order="AB")}, "order: answer C is missing"),
        (put, {"json": whole(order="AABC")}, "order: answer A stands in it twice"),
        (put, {"json": whole(order="ABCZ")}, "order: there is no answer 'Z'"),
        (put, {"json": whole() | {"seconds": -1}}, "seconds: "),
        (put, {"json": whole() | {"order": "ABC"}}, "order: "),
        (put, {"json": whole() | {"systems": []}}, "systems: "),
        (put, {"json": whole() | {"comment": "x" * 4001}}, "comment: "),
        (put, {"content": b'{"order": ["A"], "seconds": Infinity}'}, "seconds: "),
        (put, {"content": b'{"order": ["A","B","C"], "comment": "\\ud83d"}'}, "comment: "),
        (put, {"content": b"{not json"}, "the body: "),
        (put, {"content": b"\xff\xfe"}, ""),
        (put, {"json": ["A"]}, "the body: "),
        (f"/assignments/{item}/skip", {"json": {"reason": "boring"}}, "reason: "),
        ("/me", {"json": {"language": "fr"}}, "language: "),
    ):
        headers = {"Authorization": f"Bearer {desk.token('anna')}", "Content-Type": "application/json"}
        answer = desk.client.put(path, headers=headers, **content)
        assert answer.status_code == 422, (content, answer.text)
        problem = Problem.model_validate_json(answer.content)
        assert problem.code == "invalid"
        assert problem.message.startswith(says), problem.message
    problem = desk.problem(None, "POST", "/login", 422, json={"name": "anna", "password": "geheim" * 40})
    assert problem.message.startswith("password: ")
    assert "geheim" not in problem.message + caplog.text
    assert PASSWORD not in caplog.text
    assert desk.token("anna") not in caplog.text
    assert desk.get("anna", f"/assignments/{item}")["draft"]["revision"] == 0


def test_a_body_of_more_than_a_megabyte_is_refused(desk: Desk) -> None:
    item = desk.assignments("anna")[0]
    path = f"/assignments/{item}/draft"
    assert (
        desk.problem("anna", "PUT", path, 413, json=whole() | {"comment": "x" * (1 << 20)}).code
        == "too_large"
    )

    def unannounced() -> object:
        for _ in range(20):
            yield b"x" * 100_000

    assert desk.problem("anna", "PUT", path, 413, content=unannounced()).code == "too_large"


def test_every_answer_has_its_headers_and_every_problem_its_shape(desk: Desk) -> None:
    cases = [
        desk.ask(None, "GET", "/health"),
        desk.ask("anna", "GET", "/me"),
        desk.ask("anna", "GET", "/nowhere"),
        desk.ask("anna", "DELETE", "/me"),
        desk.ask("anna", "OPTIONS", "/me"),
        desk.ask("anna", "GET", "/assignments/%00"),
        desk.ask("anna", "GET", f"/assignments/{'0' * 32}"),
        desk.ask("anna", "GET", f"/panels/{'0' * 32}/next"),
        desk.ask("idle", "GET", f"/panels/{desk.panel.id}/assignments"),
        desk.ask("boss", "GET", f"/panels/{'0' * 32}/agreement"),
        desk.ask("boss", "GET", f"/panels/{'0' * 32}/rankings"),
        desk.ask("boss", "GET", f"/assignments/{desk.assignments('anna')[0]}"),
    ]
    assert [answer.status_code for answer in cases] == [200, 200, 404, 405, 405, *[404] * 7]
    for answer in cases:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        if answer.status_code >= 400:
            Problem.model_validate_json(answer.content)


def test_a_failure_is_a_problem_too_and_the_log_holds_no_content(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    item = desk.assignments("anna")[0]
    with monkeypatch.context() as patch:
        patch.setattr("caibian.storage.assignments.rank", fail)
        body = whole() | {"comment": "vertraulich"}
        assert desk.problem("anna", "PUT", f"/assignments/{item}/ranking", 500, json=body).code == "internal"
    assert "a bug" in caplog.text
    assert "vertraulich" not in caplog.text


def test_without_its_database_the_service_says_so(desk: Desk) -> None:
    assert desk.get(None, "/health") == {"status": "ok"}
    token = desk.token("anna")
    with desk.database.writing() as session:
        session.execute(text("ALTER TABLE sessions RENAME TO hidden"))
    try:
        answer = desk.client.get("/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (500, 503)
        Problem.model_validate_json(answer.content)
        assert "sessions" not in answer.text
    finally:
        with desk.database.writing() as session:
            session.execute(text("ALTER TABLE hidden RENAME TO sessions"))
