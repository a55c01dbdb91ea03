"""An expert's way through a panel, over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from caibian.api.panel import Assignment, PanelOverview, Problem
from caibian.service.panel.app import create_panel_app
from caibian.storage import Database
from caibian.storage.panels import NewItem, Terms, create_panel, set_closed
from tests.service.panel.desk import Desk, whole
from tests.storage.house import NASTY, SOURCE, SYSTEMS, people


def test_an_expert_ranks_all_items_and_is_led_from_one_to_the_next(desk: Desk) -> None:
    (panel,) = desk.get("anna", "/panels")
    assert PanelOverview.model_validate(panel).assigned == 4
    item = panel["next"]
    seen = []
    while item is not None:
        shown = Assignment.model_validate(desk.get("anna", f"/assignments/{item}"))
        assert [answer.key for answer in shown.answers] == ["A", "B", "C"]
        assert [dimension.id for dimension in shown.rubric] == ["accuracy", "concision"]
        assert shown.position == len(seen) + 1
        seen.append(item)
        saved = desk.put("anna", f"/assignments/{item}/ranking", whole(shown.draft.revision))
        assert saved["state"] == "ranked"
        item = saved["next"]
    assert seen == desk.assignments("anna")
    (panel,) = desk.get("anna", "/panels")
    assert (panel["ranked"], panel["next"]) == (4, None)
    assert desk.get("anna", f"/panels/{desk.panel.id}/next") == {"next": None}
    assert desk.get("bo", "/panels")[0]["ranked"] == 0


def test_an_expert_who_leaves_in_mid_item_goes_on_where_they_were(desk: Desk) -> None:
    items = desk.assignments("anna")
    draft = {
        "order": ["C"],
        "violations": {"A": ["accuracy"]},
        "comment": "A 错了",
        "seconds": 33.0,
        "revision": 0,
    }
    desk.put("anna", f"/assignments/{items[2]}/draft", draft)
    desk.ask("anna", "POST", "/logout")
    desk._tokens.clear()
    # The service was started anew, too.
    with TestClient(create_panel_app(desk.database), base_url="http://panel/v1/panel") as client:
        again = Desk(client, desk.database, desk.panel)
        assert again.get("anna", f"/panels/{desk.panel.id}/next") == {"next": items[2]}
        shown = again.get("anna", f"/assignments/{items[2]}")
        assert (shown["state"], shown["draft"]) == ("started", draft | {"revision": 1})


def test_two_tabs_cannot_overwrite_each_other_unseen(desk: Desk) -> None:
    item = desk.assignments("anna")[0]
    desk.put("anna", f"/assignments/{item}/draft", whole(0, "C"))
    problem = desk.problem("anna", "PUT", f"/assignments/{item}/draft", 409, json=whole(0, "A"))
    assert problem.code == "conflict"
    assert problem.current is not None
    assert problem.current.draft.order == ["C"]
    # With what the answer said the second tab can go on.
    desk.put("anna", f"/assignments/{item}/draft", whole(problem.current.draft.revision, "A"))
    assert desk.get("anna", f"/assignments/{item}")["draft"]["order"] == ["A"]


def test_the_same_request_twice_gives_the_same_answer(desk: Desk) -> None:
    one, other, *_ = desk.assignments("anna")
    for path, body in (
        (f"/assignments/{one}/draft", whole(0, "A")),
        (f"/assignments/{one}/ranking", whole(1)),
        (f"/assignments/{other}/skip", {"reason": "not_my_field", "comment": "体育", "revision": 0}),
    ):
        assert desk.put("anna", path, body) == desk.put("anna", path, body)
    shown = desk.get("anna", f"/assignments/{other}")
    assert (shown["state"], shown["skip_reason"], shown["draft"]["comment"]) == (
        "skipped",
        "not_my_field",
        "体育",
    )


def test_a_closed_panel_is_read_only_and_says_so(desk: Desk) -> None:
    item = desk.assignments("anna")[0]
    desk.put("anna", f"/assignments/{item}/ranking", whole(0))
    set_closed(desk.database, desk.panel.id)
    problem = desk.problem("anna", "PUT", f"/assignments/{item}/ranking", 409, json=whole(1, "CBA"))
    assert problem.code == "closed"
    assert problem.current is not None
    assert problem.current.closed
    assert problem.current.draft.order == ["B", "A", "C"]
    assert desk.get("anna", "/panels")[0]["closed"]


def test_experts_never_see_a_system_or_the_work_of_others(desk: Desk) -> None:
    mine, theirs = desk.assignments("anna"), desk.assignments("bo")
    assert not set(mine) & set(theirs)
    for method, path, body in (
        ("GET", f"/assignments/{theirs[0]}", None),
        ("PUT", f"/assignments/{theirs[0]}/draft", whole()),
        ("PUT", f"/assignments/{theirs[0]}/ranking", whole()),
        ("PUT", f"/assignments/{theirs[0]}/skip", {"reason": "other"}),
    ):
        content = {} if body is None else {"json": body}
        assert desk.problem("anna", method, path, 404, **content).code == "not_found"
    said = ""
    for path in ("/me", "/panels", f"/panels/{desk.panel.id}/next", f"/panels/{desk.panel.id}/assignments"):
        said += desk.ask("anna", "GET", path).text
    for item in mine:
        said += desk.ask("anna", "GET", f"/assignments/{item}").text
        said += desk.ask("anna", "PUT", f"/assignments/{item}/ranking", json=whole()).text
        said += desk.ask("anna", "PUT", f"/assignments/{item}/ranking", json=whole(5)).text
    assert "answer 0" in said
    for secret in (*SYSTEMS, "secret", 'bo"', 'spring"'):
        assert secret not in said


@pytest.mark.parametrize("texts", [{"a": NASTY, "b": "长" * 100_000, "c": "", "d": NASTY}])
def test_answers_of_any_text_and_length_come_back_as_they_are(
    database: Database, texts: dict[str, str]
) -> None:
    people(database, "anna")
    panel = create_panel(
        database, "nasty", SOURCE, [NewItem("x", "c.x", "zh", NASTY, NASTY, texts)], ["anna"], Terms(1.0, 1)
    )
    with TestClient(create_panel_app(database), base_url="http://panel/v1/panel") as client:
        desk = Desk(client, database, panel)
        answer = desk.ask("anna", "GET", f"/assignments/{desk.assignments('anna')[0]}")
    assert answer.headers["content-type"] == "application/json"
    shown = Assignment.model_validate_json(answer.content)
    assert sorted(one.text for one in shown.answers) == sorted(texts.values())
    assert shown.input == NASTY


def test_a_problem_of_any_kind_fits_the_wire() -> None:
    assert set(Problem.model_fields) == {"code", "message", "current"}
