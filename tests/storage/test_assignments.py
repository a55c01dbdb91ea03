"""Drafts, rankings and skips: kept as given, refused when outdated, harmless when sent twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from caibian.storage import Database
from caibian.storage.accounts import Account
from caibian.storage.assignments import listing, rank, read, save_draft, skip
from caibian.storage.audit import history
from caibian.storage.overviews import Overview, overview
from caibian.storage.panels import NewItem, Terms, create_panel, set_closed
from caibian.storage.refusals import Closed, Invalid, NotFound, Outdated
from caibian.storage.standing import rankings, standing
from caibian.storage.work import Work, letters
from tests.storage.house import NASTY, RUBRIC, SOURCE, SYSTEMS, WHOLE, Clock, a_panel, first, people


@pytest.fixture
def desk(database: Database) -> tuple[Account, Overview, str]:
    """An expert with four items, and the first of them."""
    (account,) = people(database, "许可")
    panel = a_panel(database, ["许可"], per_item=1)
    return account, panel, first(database, account, panel)


def test_what_is_drafted_is_there_after_leaving(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, panel, item = desk
    half = Work(("C", "A"), {"B": ["concision"]}, "先写到这里 \x00", 12.5)
    written = save_draft(database, account, item, half, 0)
    assert (written.revision, written.state, written.next) == (1, "started", item)
    view = read(database, account, item)
    assert (view.state, view.revision, view.work.order, view.work.comment) == (
        "started",
        1,
        ["C", "A"],
        half.comment,
    )
    assert view.work.violations == {"B": ["concision"]}
    assert view.work.seconds == 12.5
    assert overview(database, panel.id, account).next == item
    assert rankings(database, panel.id) == []


def test_a_ranking_names_the_systems_behind_the_letters(
    database: Database, desk: tuple[Account, Overview, str], clock: Clock
) -> None:
    account, panel, item = desk
    clock.move(minutes=3)
    written = rank(database, account, item, WHOLE, 0)
    assert written.next == listing(database, account, panel.id)[1].id
    (given,) = rankings(database, panel.id)
    system = dict(zip("ABC", given.shown, strict=True))
    number = read(database, account, item).input[1]
    for letter, text in read(database, account, item).answers:
        assert text == f"{number}: answer {SYSTEMS.index(system[letter])}"
    assert given.order == (system["B"], system["A"], system["C"])
    assert given.violations == {system["C"]: ("accuracy",)}
    assert (given.judge, given.kind, given.comment, given.seconds) == ("许可", "expert", "C 有误", 41.5)
    assert given.at == clock.now
    assert given.abstained is None


def test_a_correction_replaces_a_ranking_and_the_log_keeps_both(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, panel, item = desk
    rank(database, account, item, WHOLE, 0)
    before = rankings(database, panel.id)[0].order
    rank(database, account, item, replace(WHOLE, order=("A", "B", "C")), 1)
    (after,) = rankings(database, panel.id)
    assert after.order == after.shown
    skip(database, account, item, "cannot_tell", "两个都行", 2)
    (given,) = rankings(database, panel.id)
    assert (given.order, given.abstained, given.comment) == ((), "cannot_tell", "两个都行")
    assert read(database, account, item).work.order == ["A", "B", "C"]
    rank(database, account, item, WHOLE, 3)
    assert read(database, account, item).skip_reason is None
    log = [
        (row.actor, row.action, row.detail["revision"], row.detail["order"])
        for row in history(database, item)
    ]
    assert log == [
        ("许可", "rank", 1, list(before)),
        ("许可", "rank", 2, list(after.order)),
        ("许可", "skip", 3, []),
        ("许可", "rank", 4, list(before)),
    ]


def test_a_draft_never_undoes_a_ranking(database: Database, desk: tuple[Account, Overview, str]) -> None:
    account, panel, item = desk
    rank(database, account, item, WHOLE, 0)
    handed_in = rankings(database, panel.id)
    assert save_draft(database, account, item, Work(("A",)), 1).state == "ranked"
    assert rankings(database, panel.id) == handed_in
    assert read(database, account, item).work.order == ["A"]


def test_a_write_on_an_older_state_is_refused_and_changes_nothing(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, _, item = desk
    save_draft(database, account, item, Work(("A",)), 0)
    rank(database, account, item, WHOLE, 1)
    for write in (
        lambda: save_draft(database, account, item, Work(("B",)), 1),
        lambda: rank(database, account, item, replace(WHOLE, comment="other tab"), 1),
        lambda: skip(database, account, item, "other", "", 0),
        lambda: rank(database, account, item, WHOLE, 7),
    ):
        with pytest.raises(Outdated, match="revision 2"):
            write()
    assert read(database, account, item).revision == 2
    assert len(history(database, item)) == 1


def test_the_same_write_twice_is_harmless(database: Database, desk: tuple[Account, Overview, str]) -> None:
    account, panel, item = desk
    for write in (
        lambda: save_draft(database, account, item, Work(("A",)), 0),
        lambda: rank(database, account, item, WHOLE, 1),
        lambda: skip(database, account, item, "other", "x", 2),
    ):
        assert write() == write()
    assert read(database, account, item).revision == 3
    assert len(history(database, item)) == 2
    set_closed(database, panel.id)
    assert skip(database, account, item, "other", "x", 2).revision == 3  # its answer was lost, not its work


def test_of_many_writes_at_once_on_one_state_one_wins(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, panel, item = desk

    def write(number: int) -> bool:
        try:
            rank(database, account, item, replace(WHOLE, comment=str(number)), 0)
        except Outdated:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(16))) == 1
    assert len(history(database, item)) == len(rankings(database, panel.id)) == 1


def test_a_closed_panel_can_be_read_not_changed(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, panel, item = desk
    rank(database, account, item, WHOLE, 0)
    set_closed(database, panel.id)
    for write in (
        lambda: save_draft(database, account, item, Work(), 1),
        lambda: rank(database, account, item, WHOLE, 1),
        lambda: skip(database, account, item, "other", "", 1),
    ):
        with pytest.raises(Closed):
            write()
    assert read(database, account, item).closed
    assert len(rankings(database, panel.id)) == 1


def test_the_work_of_others_is_not_there(database: Database, desk: tuple[Account, Overview, str]) -> None:
    _, panel, item = desk
    (other,) = people(database, "other")
    for act in (
        lambda: read(database, other, item),
        lambda: rank(database, other, item, WHOLE, 0),
        lambda: listing(database, other, panel.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_ranking_that_cannot_stand_is_refused_by_field(
    database: Database, desk: tuple[Account, Overview, str]
) -> None:
    account, _, item = desk
    for work, says in (
        (Work(("A", "B")), "order: answer C is missing"),
        (Work(), "order: answer A, B, C is missing"),
        (Work(("A", "B", "B", "C")), "order: answer B stands in it twice"),
        (Work(("A", "B", "C", "D")), "order: there is no answer 'D'; the answers are A, B, C"),
        (Work(("A", "B", "\ud800")), "order: there is no answer"),
        (replace(WHOLE, violations={"E": ["accuracy"]}), "violations: there is no answer 'E'"),
        (replace(WHOLE, violations={"A": ["beauty"]}), "violations.A: the rubric has no dimension 'beauty'"),
        (replace(WHOLE, violations={"A": ["accuracy"] * 2}), "violations.A: accuracy stands in it twice"),
        (replace(WHOLE, comment="好" * 4001), "comment: 4,001 characters"),
        (replace(WHOLE, comment="\ud83d"), "comment: holds half a character"),
    ):
        with pytest.raises(Invalid, match=says):
            rank(database, account, item, work, 0)
    view = read(database, account, item)
    assert (view.revision, view.state) == (0, "open")


def test_answers_come_back_as_they_are(database: Database) -> None:
    (account,) = people(database, "许可")
    texts = {"a": NASTY, "b": "长" * 100_000, "c": "", "d": ""}
    item = NewItem("x", "card.x", "zh", NASTY, NASTY, texts, rubric=RUBRIC)
    panel = create_panel(database, "nasty", SOURCE, [item], ["许可"], Terms(1.0, 1))
    view = read(database, account, first(database, account, panel))
    assert sorted(text for _, text in view.answers) == sorted(texts.values())
    assert view.input == view.instruction == NASTY


def test_the_list_leads_from_item_to_item(database: Database, desk: tuple[Account, Overview, str]) -> None:
    account, panel, _ = desk
    rows = listing(database, account, panel.id)
    views = [read(database, account, row.id) for row in rows]
    assert [(view.position, view.total) for view in views] == [(n, 4) for n in (1, 2, 3, 4)]
    assert [view.previous for view in views] == [None, *(row.id for row in rows[:-1])]
    assert [view.following for view in views] == [*(row.id for row in rows[1:]), None]
    save_draft(database, account, rows[2].id, Work(("A",)), 0)
    assert overview(database, panel.id, account).next == rows[2].id  # begun goes before new
    for row in rows:
        rank(database, account, row.id, WHOLE, read(database, account, row.id).revision)
    done = overview(database, panel.id, account)
    assert (done.next, done.states) == (None, {"ranked": 4})


def test_the_standing_counts_what_each_has_done(
    database: Database, desk: tuple[Account, Overview, str], clock: Clock
) -> None:
    account, panel, _ = desk
    ids = [row.id for row in listing(database, account, panel.id)]
    rank(database, account, ids[0], replace(WHOLE, seconds=10), 0)
    rank(database, account, ids[1], replace(WHOLE, seconds=30), 0)
    clock.move(hours=1)
    skip(database, account, ids[2], "other", "", 0)
    save_draft(database, account, ids[3], Work(("A",)), 0)
    (expert,) = standing(database, panel.id).experts
    assert (expert.assigned, expert.started, expert.ranked, expert.skipped) == (4, 1, 2, 1)
    assert (expert.median_seconds, expert.last_at) == (20, clock.now)
    assert sum(item.ranked for item in standing(database, panel.id).items) == 2
    with pytest.raises(NotFound):
        standing(database, "0" * 32)


def test_seats_beyond_the_alphabet_have_letters_too() -> None:
    names = letters(703)
    assert names[0] == "A"
    assert names[25:28] == ["Z", "AA", "AB"]
    assert names[701:] == ["ZZ", "AAA"]
    assert len(set(names)) == 703
