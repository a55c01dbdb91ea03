"""Panels: what is drawn and given out, late experts, leaving experts, closing."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from caibian.errors import ConfigError
from caibian.storage import Database
from caibian.storage.accounts import create_account, set_disabled
from caibian.storage.assignments import listing, rank, read, save_draft, skip
from caibian.storage.audit import history
from caibian.storage.overviews import find_panel, overview, overviews
from caibian.storage.panels import Terms, add_experts, create_panel, set_closed
from caibian.storage.refusals import NotFound
from caibian.storage.schema import Assignment, Item
from caibian.storage.standing import rankings, standing
from caibian.storage.work import Work
from tests.storage.house import SOURCE, SYSTEMS, WHOLE, Clock, a_panel, first, items, people


def test_half_of_the_items_go_to_two_experts_each_in_even_loads(database: Database) -> None:
    people(database, "a", "b", "c")
    panel = create_panel(database, "half", SOURCE, items(20), ["a", "b", "c"])
    now = standing(database, panel.id)
    assert len(now.items) == 10
    assert Counter(item.card for item in now.items) == {"headline.news": 5, "headline.short": 5}
    assert {item.assigned for item in now.items} == {2}
    assert sorted(expert.assigned for expert in now.experts) == [6, 7, 7]
    assert now.systems == sorted(SYSTEMS)


def test_the_same_seed_gives_the_same_panel_and_another_another(database: Database) -> None:
    experts = people(database, "a", "b", "c")

    def shape(seed: int) -> list[object]:
        panel = create_panel(
            database, f"p{seed}{len(overviews(database))}", SOURCE, items(12), "abc", Terms(seed=seed)
        )
        found: list[object] = []
        for expert in experts:
            for row in listing(database, expert, panel.id):
                view = read(database, expert, row.id)
                found.append((expert.name, view.input, view.answers))
        return found

    assert shape(1) == shape(1) != shape(2)


def test_answers_sit_in_seats_that_rotate_over_an_experts_items(database: Database) -> None:
    experts = people(database, "a", "b")
    panel = a_panel(database, ["a", "b"], 9)
    for expert in experts:
        views = [read(database, expert, row.id) for row in listing(database, expert, panel.id)]
        for seat in range(3):
            assert Counter(view.answers[seat][1].split("answer ")[1] for view in views) == {
                "0": 3,
                "1": 3,
                "2": 3,
            }
    by_input = [
        {view.input: view.answers for view in views} for views in _all_views(database, panel.id, experts)
    ]
    assert by_input[0] != by_input[1]


def _all_views(database: Database, panel: str, experts: list) -> list:
    return [
        [read(database, expert, row.id) for row in listing(database, expert, panel)] for expert in experts
    ]


def test_items_with_fewer_than_two_answers_are_left_out(database: Database) -> None:
    people(database, "a")
    lot = [*items(2), *(item for item in items(4, SYSTEMS[:1])[2:])]
    panel = create_panel(database, "few", SOURCE, lot, ["a"], Terms(1.0, 1))
    assert [item.example_id for item in standing(database, panel.id).items] == ["ex0", "ex1"]
    with pytest.raises(ConfigError, match="no item has 2 answers"):
        create_panel(database, "none", SOURCE, items(3, SYSTEMS[:1]), ["a"])


def test_late_experts_get_the_items_that_lack_experts(database: Database) -> None:
    people(database, "a", "b", "c")
    panel = a_panel(database, ["a"], 6)
    assert add_experts(database, panel.id, ["b", "c"]) == {"b": 3, "c": 3}
    assert {item.assigned for item in standing(database, panel.id).items} == {2}
    (late,) = people(database, "d")
    assert add_experts(database, panel.id, ["d"]) == {"d": 0}
    with pytest.raises(NotFound):
        listing(database, late, panel.id)


def test_a_skipped_item_and_one_of_a_disabled_account_lack_an_expert_again(database: Database) -> None:
    a, b, _ = people(database, "a", "b", "c")
    panel = a_panel(database, ["a", "b"], 4)
    rank(database, b, first(database, b, panel), WHOLE, 0)
    skip(database, a, first(database, a, panel), "not_my_field", "", 0)
    assert add_experts(database, panel.id, ["c"]) == {"c": 1}
    set_disabled(database, "b", True)
    people(database, "d")
    assert add_experts(database, panel.id, ["d"]) == {"d": 3}  # what b ranked counts


def test_an_expert_who_leaves_hands_over_what_is_not_ranked_and_drafts_stay_in_the_log(
    database: Database,
) -> None:
    a, _, c = people(database, "a", "b", "c")
    panel = a_panel(database, ["a", "b"], 4)
    rows = listing(database, a, panel.id)
    rank(database, a, rows[0].id, WHOLE, 0)
    save_draft(database, a, rows[1].id, Work(("A",)), 0)
    set_disabled(database, "a", True)  # as is usual with somebody who has left
    assert add_experts(database, panel.id, ["c"], instead_of="a") == {"c": 3}
    assert [row.id for row in listing(database, a, panel.id)] == [rows[0].id]
    view = read(database, a, rows[0].id)
    assert (view.position, view.total) == (1, 1)
    assert [row.action for row in history(database, rows[1].id)] == ["withdraw"]
    assert history(database, rows[1].id)[0].detail["draft"]["order"] == ["A"]
    assert len(listing(database, c, panel.id)) == 3
    assert len(rankings(database, panel.id)) == 1


def test_nobody_is_in_a_panel_who_must_not_be(database: Database) -> None:
    people(database, "a")
    create_account(database, "boss", role="organiser")
    set_disabled(database, "a", True)
    for name, says in (("boss", "organiser"), ("ghost", "none of this name"), ("a", "disabled")):
        with pytest.raises(ConfigError, match=says):
            a_panel(database, [name])
    with database.reading() as session:  # all or nothing
        assert session.scalars(select(Item)).all() == []
        assert session.scalars(select(Assignment)).all() == []


def test_terms_that_make_no_sense_are_refused() -> None:
    for share, per_item in ((0.0, 2), (1.1, 2), (0.5, 0)):
        with pytest.raises(ConfigError):
            Terms(share, per_item)


def test_panels_are_found_by_name(database: Database, clock: Clock) -> None:
    (a, b) = people(database, "a", "b")
    with pytest.raises(ConfigError, match="caibian panel create"):
        find_panel(database, None)
    one = a_panel(database, ["a"], name="one")
    assert find_panel(database, None).id == one.id
    clock.move(seconds=1)
    two = a_panel(database, ["b"], name="two")
    assert find_panel(database, "two").id == two.id
    with pytest.raises(ConfigError, match="choose one of: one, two"):
        find_panel(database, None)
    with pytest.raises(ConfigError, match="there is one of this name already"):
        a_panel(database, ["a"], name="one")
    assert [panel.name for panel in overviews(database, a)] == ["one"]
    with pytest.raises(NotFound):
        overview(database, one.id, b)


def test_a_closed_panel_takes_no_experts_until_it_is_open_again(database: Database) -> None:
    people(database, "a", "b")
    panel = a_panel(database, ["a"])
    set_closed(database, panel.id)
    assert find_panel(database, None).closed
    with pytest.raises(ConfigError, match="closed"):
        add_experts(database, panel.id, ["b"])
    set_closed(database, panel.id, False)
    assert add_experts(database, panel.id, ["b"]) == {"b": 4}
    actions = [row.action for row in history(database, panel.id)]
    assert actions == ["create panel", "close panel", "reopen panel", "add experts"]
