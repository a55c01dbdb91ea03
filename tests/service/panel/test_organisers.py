"""What an organiser sees: progress, rankings with systems named, agreement."""

from __future__ import annotations

import pytest

from caibian.api.panel import ItemText, PanelProgress, RankingRow
from caibian.evaluation.agreement import krippendorff_alpha
from caibian.storage.standing import rankings
from tests.service.panel.desk import Desk, whole
from tests.storage.house import SYSTEMS


def test_progress_tells_of_every_expert_and_item(desk: Desk) -> None:
    one, other, third, _ = desk.assignments("anna")
    desk.put("anna", f"/assignments/{one}/ranking", whole(0, seconds=10.0))
    desk.put("anna", f"/assignments/{other}/skip", {"reason": "other", "revision": 0})
    desk.put("anna", f"/assignments/{third}/draft", whole(0, "A"))
    now = PanelProgress.model_validate(desk.get("boss", f"/panels/{desk.panel.id}/progress"))
    anna, bo = now.experts
    assert (anna.name, anna.assigned, anna.started, anna.ranked, anna.skipped) == ("anna", 4, 1, 1, 1)
    assert (anna.median_seconds, bo.median_seconds, bo.last_at) == (10.0, None, None)
    assert now.systems == sorted(SYSTEMS)
    assert len(now.items) == 4
    assert {(item.wanted, item.assigned) for item in now.items} == {(2, 2)}
    assert sum(item.ranked for item in now.items) == sum(item.skipped for item in now.items) == 1
    (overview,) = desk.get("boss", "/panels")
    assert (overview["assigned"], overview["ranked"], overview["next"]) == (8, 1, None)


def test_rankings_name_systems_and_count_skips_as_abstentions(desk: Desk) -> None:
    one, other, *_ = desk.assignments("anna")
    desk.put("anna", f"/assignments/{one}/ranking", whole(0, violations={"C": ["accuracy"]}))
    desk.put("anna", f"/assignments/{other}/skip", {"reason": "cannot_tell", "revision": 0})
    rows = [RankingRow.model_validate(row) for row in desk.get("boss", f"/panels/{desk.panel.id}/rankings")]
    ranked = next(row for row in rows if row.order)
    skipped = next(row for row in rows if not row.order)
    assert sorted(ranked.order) == sorted(SYSTEMS)
    assert ranked.order == [ranked.shown[1], ranked.shown[0], ranked.shown[2]]
    assert ranked.violations == {ranked.shown[2]: ["accuracy"]}
    assert (ranked.judge, ranked.kind, skipped.abstained) == ("anna", "expert", "cannot_tell")


def test_an_item_is_told_with_every_answer_under_its_system(desk: Desk) -> None:
    path = f"/panels/{desk.panel.id}/items/ex2"
    item = ItemText.model_validate(desk.get("boss", path))
    assert (item.input, item.language) == ("第2篇稿件", "zh")
    assert item.answers == {system: f"2: answer {place}" for place, system in enumerate(SYSTEMS)}
    assert desk.problem("anna", "GET", path, 403).code == "forbidden"
    missing = f"/panels/{desk.panel.id}/items/news.pdf%23page=2%2Fx"
    assert desk.problem("boss", "GET", missing, 404).code == "not_found"


def test_agreement_is_that_of_what_the_experts_said(desk: Desk) -> None:
    for who in ("anna", "bo"):
        for item in desk.assignments(who):
            shown = desk.get(who, f"/assignments/{item}")
            # Both order answers by their text, one item apart.
            order = [answer["key"] for answer in sorted(shown["answers"], key=lambda a: a["text"])]
            if who == "bo" and shown["input"].startswith("第0"):
                order.reverse()
            desk.put(who, f"/assignments/{item}/ranking", whole(0, "".join(order)))
    report = desk.get("boss", f"/panels/{desk.panel.id}/agreement")
    overall = report["experts"]["overall"]
    assert (overall["items"], overall["raters"], overall["rankings"]) == (4, 2, 8)
    assert overall["agreement"]["value"] == 0.75  # three pairs of one item in four items of three
    places = {
        (row.example_id, system): [] for row in rankings(desk.database, desk.panel.id) for system in row.order
    }
    for row in rankings(desk.database, desk.panel.id):
        for place, system in enumerate(row.order, 1):
            places[row.example_id, system].append(place)
    raters = list(zip(*places.values(), strict=True))
    assert overall["alpha"]["value"] == pytest.approx(krippendorff_alpha(raters), abs=1e-6)
    assert set(report["experts"]["cards"]) == {"headline.news", "headline.short"}
    assert [item["example_id"] for item in report["adjudicate"]][:1] == ["ex0"]


def test_agreement_before_anything_is_ranked_is_undefined_not_an_error(desk: Desk) -> None:
    report = desk.get("boss", f"/panels/{desk.panel.id}/agreement")
    assert report["experts"]["overall"]["alpha"]["value"] is None
    item = desk.assignments("anna")[0]
    desk.put("anna", f"/assignments/{item}/ranking", whole())
    assert desk.get("boss", f"/panels/{desk.panel.id}/agreement")["items"]["ranked"] == 1


def test_an_organiser_ranks_nothing(desk: Desk) -> None:
    item = desk.assignments("anna")[0]
    assert desk.problem("boss", "PUT", f"/assignments/{item}/ranking", 404, json=whole()).code == "not_found"
