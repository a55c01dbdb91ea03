"""Drafts: who may do what, the ledger of it, and that nothing acknowledged is lost or done twice."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from caibian.api import drafts as wire
from caibian.api.wire import CHIEFS, EDITORS
from caibian.storage import Database, open_database
from caibian.storage.accounts import Account
from caibian.storage.newsroom import drafts, remarks, review, rights
from caibian.storage.refusals import Forbidden, Invalid, NotFound, Outdated
from tests.storage.databases import fresh_url
from tests.storage.house import NASTY, Clock, people

_numbers = itertools.count()
TEXT = "今天的天气很好。"


def key() -> str:
    return f"key-{next(_numbers):08}"


def begun(database: Database, author: Account, **more: Any) -> drafts.View:
    return review.create(database, author, **({"title": "天气", "body": TEXT, "key": key()} | more))


def staff(database: Database) -> tuple[Account, Account, Account]:
    """A reporter, an editor, a chief editor."""
    return tuple(  # type: ignore[return-value]
        people(database, f"{role}1", role=role)[0] for role in ("reporter", "editor", "chief_editor")
    )


def pass_on(
    database: Database, who: Account, view: drafts.View, act: rights.Act, note: str = ""
) -> drafts.View:
    revision = view.heading.revision
    return review.step(database, who, view.heading.id, act, revision=revision, key=key(), note=note)


def test_the_words_of_storage_are_those_of_the_wire() -> None:
    assert get_args(wire.State) == rights.STATES
    assert rights.EDITORS == EDITORS
    assert rights.CHIEFS == CHIEFS
    assert get_args(wire.Draft.model_fields["may"].annotation.__args__[0]) == rights.ACTS  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("state", "own", "role", "may"),
    [
        ("draft", True, "reporter", {"edit", "submit"}),
        ("draft", False, "admin", set()),
        ("review", True, "reporter", set()),
        ("review", False, "editor", {"edit", "approve", "return"}),
        ("review", True, "editor", {"edit"}),
        ("review", True, "admin", {"edit", "approve", "return"}),
        ("final", False, "editor", set()),
        ("final", False, "chief_editor", {"edit", "approve", "return"}),
        ("final", True, "chief_editor", {"edit"}),
        ("approved", False, "editor", set()),
        ("approved", False, "chief_editor", {"return", "publish"}),
        ("approved", True, "chief_editor", {"publish"}),
        ("published", True, "admin", set()),
    ],
)
def test_who_may_do_what(state: rights.State, own: bool, role: str, may: set[str]) -> None:
    assert set(rights.may(state, own, role)) == may | {"comment", "export"}


def test_a_draft_goes_from_its_author_to_publication_and_the_ledger_tells_it_all(
    database: Database, clock: Clock
) -> None:
    reporter, editor, chief = staff(database)
    view = begun(database, reporter, origin={"task": "headline.news", "model": "tuned", "text": TEXT})
    clock.move(minutes=1)
    view = pass_on(database, reporter, view, "submit", "请看数字")
    view = review.edit(
        database, editor, view.heading.id, title="晴", body="明天的天气很好。", revision=2, key=key()
    )
    for who, act in ((editor, "approve"), (chief, "approve"), (chief, "publish")):
        view = pass_on(database, who, view, act)  # type: ignore[arg-type]
    lines = drafts.ledger(database, reporter, view.heading.id)
    assert [(line.number, line.by, line.kind, line.revision, line.state) for line in lines] == [
        (1, "reporter1", "created", 1, "draft"),
        (2, "reporter1", "submitted", 2, "review"),
        (3, "editor1", "edited", 3, "review"),
        (4, "editor1", "approved", 4, "final"),
        (5, "chief_editor1", "approved", 5, "approved"),
        (6, "chief_editor1", "published", 6, "published"),
    ]
    assert lines[0].detail == {"origin": {"task": "headline.news", "model": "tuned"}}
    assert lines[1].detail["note"] == "请看数字"
    assert lines[2].detail == {
        "inserted": 1,
        "deleted": 1,
        "changed": [{"before": "今", "after": "明"}],
        "title": {"before": "天气", "after": "晴"},
    }
    approved = hashlib.sha256("晴\0明天的天气很好。".encode()).hexdigest()
    assert (lines[3].detail["version"], lines[3].detail["sha256"]) == (3, approved)
    assert [(one.revision, one.body) for one in drafts.versions(database, reporter, view.heading.id)] == [
        (1, TEXT),
        (3, "明天的天气很好。"),
    ]
    assert lines[1].at == clock.now


def test_the_ledger_can_only_be_added_to(database: Database) -> None:
    reporter, *_ = staff(database)
    begun(database, reporter)
    for statement in ("UPDATE ledger SET by = 'nobody'", "DELETE FROM ledger"):
        with pytest.raises(DBAPIError, match="can only be added to"), database.writing() as session:
            session.execute(text(statement.replace("by =", '"by" =')))


def test_a_reporter_sees_their_own_drafts_and_editors_all(database: Database) -> None:
    reporter, editor, _ = staff(database)
    (other,) = people(database, "other", role="reporter")
    mine, theirs = begun(database, reporter), begun(database, other)
    assert [row.id for row in drafts.listing(database, reporter)] == [mine.heading.id]
    assert {row.id for row in drafts.listing(database, editor)} == {mine.heading.id, theirs.heading.id}
    assert drafts.listing(database, editor, mine=True) == []
    assert drafts.listing(database, editor, state="review") == []
    for ask in (drafts.read, drafts.ledger, drafts.versions):
        with pytest.raises(NotFound):
            ask(database, reporter, theirs.heading.id)


def test_texts_come_back_to_the_letter(database: Database) -> None:
    reporter, *_ = staff(database)
    view = begun(database, reporter, title=NASTY, body=NASTY, source=NASTY)
    again = drafts.read(database, reporter, view.heading.id)
    assert (again.heading.title, again.body, again.source) == (NASTY, NASTY, NASTY)


def test_the_same_request_twice_is_done_once_and_a_key_is_for_one_request(database: Database) -> None:
    reporter, editor, _ = staff(database)
    one = {"title": "天气", "body": TEXT, "key": key()}
    view = review.create(database, reporter, **one)
    assert review.create(database, reporter, **one) == view
    said = {"text": "真的?", "revision": 1, "key": key(), "start": 0, "end": 2}
    first = remarks.say(database, editor, view.heading.id, **said)  # type: ignore[arg-type]
    assert remarks.say(database, editor, view.heading.id, **said) == first  # type: ignore[arg-type]
    assert first.quote == "今天"
    handed = {"revision": 1, "key": key()}
    review.step(database, reporter, view.heading.id, "submit", **handed)  # type: ignore[arg-type]
    again = review.step(database, reporter, view.heading.id, "submit", **handed)  # type: ignore[arg-type]
    assert (again.heading.state, again.heading.revision) == ("review", 2)
    assert [line.kind for line in drafts.ledger(database, editor, view.heading.id)] == [
        "created",
        "commented",
        "submitted",
    ]
    with pytest.raises(Invalid, match=r"^key: "):
        review.create(database, reporter, **(one | {"body": "别的"}))


def test_a_change_that_builds_on_an_older_revision_changes_nothing(database: Database) -> None:
    reporter, editor, _ = staff(database)
    view = pass_on(database, reporter, begun(database, reporter), "submit")
    with pytest.raises(Outdated, match="at revision 2, this builds on 1"):
        review.edit(database, editor, view.heading.id, title="x", body="x", revision=1, key=key())
    with pytest.raises(Outdated, match="'review'; publish is not possible"):
        pass_on(database, editor, view, "publish")
    with pytest.raises(Forbidden):
        pass_on(database, reporter, view, "approve")
    assert drafts.read(database, reporter, view.heading.id) == view
    assert len(drafts.ledger(database, editor, view.heading.id)) == 2


def test_an_edit_that_changes_nothing_leaves_no_line(database: Database) -> None:
    reporter, *_ = staff(database)
    view = begun(database, reporter)
    same = review.edit(database, reporter, view.heading.id, title="天气", body=TEXT, revision=1, key=key())
    assert same == view
    assert len(drafts.ledger(database, reporter, view.heading.id)) == 1


@pytest.mark.parametrize(
    ("start", "end", "revision"), [(0, 99, 1), (3, 3, 1), (None, 2, 1), (0, 2, 2), (0, 2, 0)]
)
def test_a_comment_on_a_passage_that_is_not_there_is_refused(
    database: Database, start: int | None, end: int, revision: int
) -> None:
    reporter, *_ = staff(database)
    view = begun(database, reporter)
    with pytest.raises(Invalid):
        remarks.say(
            database, reporter, view.heading.id, text="?", start=start, end=end, revision=revision, key=key()
        )
    assert drafts.read(database, reporter, view.heading.id).notes == []


def test_an_examination_says_whether_its_statement_stands_in_the_draft(database: Database) -> None:
    reporter, editor, _ = staff(database)
    view = begun(database, reporter)
    for statement in ("天气很好", "下雨"):
        detail = {"text": statement, "verdict": "confirmed", "against": "气象台", "note": ""}
        line = remarks.examine(database, editor, view.heading.id, detail=detail, revision=1, key=key())
        assert line.detail == {**detail, "stands": statement in TEXT, "at_revision": 1}
    assert drafts.read(database, reporter, view.heading.id).examined == 2


def test_of_requests_that_come_at_once_one_is_carried_out(database: Database) -> None:
    reporter, *_ = staff(database)
    one = {"title": "天气", "body": TEXT, "key": key()}
    with ThreadPoolExecutor(6) as pool:
        views = list(pool.map(lambda _: review.create(database, reporter, **one), range(6)))
    assert len({view.heading.id for view in views}) == 1
    (heading,) = drafts.listing(database, reporter)

    def edit(number: int) -> bool:
        try:
            review.edit(database, reporter, heading.id, title="t", body=str(number), revision=1, key=key())
        except Outdated:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(edit, range(6))) == 1
    assert [line.number for line in drafts.ledger(database, reporter, heading.id)] == [1, 2]


class ReviewMachine(RuleBasedStateMachine):
    """A draft in the hands of five people who do anything at any time, against a model of a few lines."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = open_database(fresh_url("sqlite", Path(self.folder.name)), Clock())
        roles = ("reporter", "reporter", "editor", "chief_editor", "admin")
        self.people = [people(self.database, f"p{place}", role=role)[0] for place, role in enumerate(roles)]

    @initialize(author=st.integers(0, 4))
    def begin(self, author: int) -> None:
        self.author = self.people[author]
        self.view = begun(self.database, self.author)
        self.state: rights.State = "draft"
        self.revision, self.lines, self.body = 1, 1, TEXT
        self.last: tuple[Account, rights.Act, dict[str, Any]] | None = None

    @rule(
        who=st.integers(0, 4),
        act=st.sampled_from(["submit", "approve", "return", "publish"]),
        late=st.booleans(),
    )
    def step(self, who: int, act: rights.Act, late: bool) -> None:
        self._do(self.people[who], act, {"revision": self.revision - late, "key": key()}, late)

    @rule(who=st.integers(0, 4), body=st.text(max_size=5), late=st.booleans())
    def edit(self, who: int, body: str, late: bool) -> None:
        change = {"title": "天气", "body": body, "revision": self.revision - late, "key": key()}
        self._do(self.people[who], "edit", change, late)

    @precondition(lambda self: self.last is not None)
    @rule()
    def send_again(self) -> None:
        assert self.last is not None
        self._send(*self.last)

    def _do(self, who: Account, act: rights.Act, request: dict[str, Any], late: bool) -> None:
        own = who.id == self.author.id
        sees = own or who.role in EDITORS
        fits = rights.fits(self.state, act)
        allowed = sees and not late and fits and rights.forbids(self.state, act, own, who.role) is None
        expected: type[Exception] | None = None
        if not sees:
            expected = NotFound
        elif late or not fits:
            expected = Outdated
        elif not allowed:
            expected = Forbidden
        if expected is not None:
            with pytest.raises(expected):
                self._send(who, act, request)
            return
        self._send(who, act, request)
        self.last = (who, act, request)
        if act == "edit" and request["body"] == self.body:
            self.last = None  # it left no line, by which it would be known again
            return
        self.lines += 1
        self.revision += 1
        self.body = request.get("body", self.body)
        self.state = rights.STEPS.get((self.state, act), self.state)

    def _send(self, who: Account, act: rights.Act, request: dict[str, Any]) -> None:
        if act == "edit":
            review.edit(self.database, who, self.view.heading.id, **request)
        else:
            review.step(self.database, who, self.view.heading.id, act, **request)

    @invariant()
    def the_draft_is_as_the_model_says(self) -> None:
        admin = self.people[4]
        view = drafts.read(self.database, admin, self.view.heading.id)
        lines = drafts.ledger(self.database, admin, self.view.heading.id)
        assert (view.heading.state, view.heading.revision, view.body) == (
            self.state,
            self.revision,
            self.body,
        )
        assert [line.number for line in lines] == list(range(1, self.lines + 1))
        assert (lines[-1].state, lines[-1].revision) == (self.state, self.revision)
        published = [line for line in lines if line.kind == "published"]
        if published:  # nothing is published that was not approved twice, by people who may
            approvals = [line for line in lines if line.kind == "approved"][-2:]
            assert [line.state for line in approvals] == ["final", "approved"]
            assert approvals[1].role in CHIEFS
            assert all(line.by != self.author.name or line.role == "admin" for line in approvals)

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()


ReviewMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestReview = ReviewMachine.TestCase


def test_one_key_for_two_drafts_at_once_is_taken_once_and_refused_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, *_ = staff(database)
    views = [begun(database, reporter) for _ in range(2)]
    both, known = threading.Barrier(2), review.ledger.repeated

    def repeated(*given: Any) -> Any:
        found = known(*given)
        with suppress(
            threading.BrokenBarrierError
        ):  # a database that lets one in at a time never brings both here
            both.wait(0.5)
        return found

    monkeypatch.setattr(review.ledger, "repeated", repeated)

    def edit(view: drafts.View) -> str:
        try:
            review.edit(
                database, reporter, view.heading.id, title="新", body="新文", revision=1, key="the-same-key"
            )
        except Invalid as refusal:
            return str(refusal)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(edit, views))
    assert said[0] == "done"
    assert said[1].startswith("key: was used for another request")
