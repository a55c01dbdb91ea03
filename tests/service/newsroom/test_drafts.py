"""Drafts over HTTP: from a brief to a published, reviewed, labelled file; and that nothing acknowledged is lost."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from caibian.api.drafts import FORMATS, Draft, LedgerEntry
from caibian.publishing import read_label
from caibian.storage import open_database
from caibian.storage.accounts import create_account
from caibian.storage.newsroom import drafts
from tests.service.newsroom.house import House
from tests.storage.house import NASTY

_numbers = itertools.count()
SOURCE = "市气象台5月4日发布消息，今天最高气温30度，有3人中暑。"
BODY = "今天最高气温35度，有3人中暑。"
ORIGIN = {"task": "summary.news", "model": "tuned", "text": BODY}


def key() -> str:
    return f"key-{next(_numbers):08}"


def begun(house: House, who: str = "reporter", **more: Any) -> Draft:
    body = {"title": "高温", "body": BODY, "source": SOURCE, "origin": ORIGIN, "key": key()} | more
    return Draft.model_validate(house.post(who, "/drafts", body))


def step(house: House, who: str, draft: Draft, verb: str, **more: Any) -> Draft:
    body = {"revision": draft.revision, "key": key()} | more
    return Draft.model_validate(house.post(who, f"/drafts/{draft.id}/{verb}", body))


def published(house: House, **more: Any) -> Draft:
    draft = step(house, "reporter", begun(house, **more), "submit")
    for who in ("editor", "chief_editor"):
        draft = step(house, who, draft, "decide", decision="approve")
    return step(house, "chief_editor", draft, "publish")


def test_a_draft_is_checked_corrected_approved_published_and_exported(any_house: House) -> None:
    house = any_house
    draft = begun(house)
    assert (draft.state, draft.revision, draft.may) == ("draft", 1, ["edit", "submit", "comment", "export"])
    checked = house.get("reporter", f"/drafts/{draft.id}/facts")
    wrong = [fact for fact in checked["facts"] if fact["status"] != "found"]
    assert [(fact["text"], fact["status"]) for fact in wrong] == [("35度", "changed")]
    assert checked["checks"]
    draft = step(house, "reporter", draft, "submit", note="请核气温")
    assert draft.may == ["comment", "export"]
    said = {"text": "应为30度", "start": 6, "end": 9, "revision": draft.revision, "key": key()}
    assert house.post("editor", f"/drafts/{draft.id}/comments", said)["quote"] == BODY[6:9]
    corrected = {"title": "高温", "body": BODY.replace("35", "30"), "revision": draft.revision, "key": key()}
    draft = Draft.model_validate(house.put("editor", f"/drafts/{draft.id}", corrected))
    looked = {
        "text": "30度",
        "verdict": "corrected",
        "against": "市气象台",
        "revision": draft.revision,
        "key": key(),
    }
    house.post("editor", f"/drafts/{draft.id}/examined", looked)
    draft = step(house, "editor", draft, "decide", decision="approve")
    draft = step(house, "chief_editor", draft, "decide", decision="approve")
    draft = step(house, "chief_editor", draft, "publish")
    assert (draft.state, draft.comments, draft.examined, draft.may) == (
        "published",
        1,
        1,
        ["comment", "export"],
    )
    assert [note.text for note in draft.notes] == ["应为30度"]
    answer = house.ask("reporter", "GET", f"/drafts/{draft.id}/export?format=docx")
    label = read_label(answer.content).aigc
    assert label is not None
    assert label["ProduceID"] == f"{draft.id}-{draft.revision}"
    entries = house.get("reporter", f"/drafts/{draft.id}/ledger")
    lines = [LedgerEntry.model_validate(line) for line in entries]
    assert [line.kind for line in lines] == [
        *(
            "created",
            "submitted",
            "commented",
            "edited",
            "examined",
            "approved",
            "approved",
            "published",
            "exported",
        )
    ]
    assert lines[3].detail["changed"] == [{"before": "35", "after": "30"}]
    assert lines[-1].detail == {
        "format": "docx",
        "produce_id": label["ProduceID"],
        "of_revision": draft.revision,
    }


def test_every_format_is_a_file_and_a_text_of_people_alone_bears_no_label(house: House) -> None:
    made, own = published(house), published(house, origin=None)
    for format in FORMATS:
        answer = house.ask("reporter", "GET", f"/drafts/{made.id}/export?format={format}")
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        if format == "ledger":
            found = json.loads(answer.content)
            assert found["draft"]["body"] == BODY
            assert found["ledger"][0]["kind"] == "created"
            continue
        assert read_label(answer.content).aigc is not None, format
        plain = house.ask("reporter", "GET", f"/drafts/{own.id}/export?format={format}")
        assert read_label(plain.content).aigc is None, format
    assert house.problem("reporter", "GET", f"/drafts/{made.id}/export?format=exe", 422).code == "invalid"


def test_nobody_decides_on_their_own_draft_or_on_one_that_is_not_theirs_to_decide(house: House) -> None:
    draft = step(house, "editor", begun(house, "editor"), "submit")
    approve = {"revision": 2, "decision": "approve", "key": key()}
    path = f"/drafts/{draft.id}/decide"
    assert house.problem("editor", "POST", path, 403, json=approve).message.startswith("nobody decides")
    assert house.problem("reporter", "POST", path, 403, json=approve).code == "forbidden"
    step(house, "chief_editor", draft, "decide", decision="approve")
    approve["revision"] = 3
    assert house.problem("editor", "POST", path, 403, json=approve).code == "forbidden"
    own = step(house, "admin", begun(house, "admin"), "submit")
    assert step(house, "admin", own, "decide", decision="approve").state == "final"
    other = begun(house, "other")
    assert house.problem("reporter", "GET", f"/drafts/{other.id}", 404).code == "not_found"
    assert [row["id"] for row in house.get("reporter", "/drafts")] == []
    assert {row["id"] for row in house.get("editor", "/drafts")} == {draft.id, own.id, other.id}
    assert [row["id"] for row in house.get("editor", "/drafts?mine=true&state=final")] == [draft.id]


def test_who_comes_too_late_is_given_the_draft_as_it_is(house: House) -> None:
    draft = begun(house)
    body = {"title": "高温", "body": "一", "revision": 1, "key": key()}
    first = house.put("reporter", f"/drafts/{draft.id}", body)
    assert house.put("reporter", f"/drafts/{draft.id}", body) == first
    problem = house.problem("reporter", "PUT", f"/drafts/{draft.id}", 409, json=body | {"key": key()})
    assert problem.code == "conflict"
    assert Draft.model_validate(problem.current).body == "一"
    submit = {"revision": 1, "key": key()}
    problem = house.problem("reporter", "POST", f"/drafts/{draft.id}/submit", 409, json=submit)
    assert Draft.model_validate(problem.current).revision == 2


def test_a_draft_sent_back_is_its_authors_again_even_when_it_was_approved(house: House) -> None:
    draft = step(house, "reporter", begun(house), "submit")
    draft = step(house, "editor", draft, "decide", decision="return", note="太短")
    assert draft.state == "draft"
    draft = step(house, "reporter", draft, "submit")
    for who in ("editor", "chief_editor"):
        draft = step(house, who, draft, "decide", decision="approve")
    assert (draft.state, draft.may) == ("approved", ["return", "publish", "comment", "export"])
    assert step(house, "chief_editor", draft, "decide", decision="return").state == "draft"


def test_any_text_is_kept_to_the_letter_and_half_a_character_is_refused(any_house: House) -> None:
    draft = begun(any_house, title=NASTY, body=NASTY)
    again = any_house.get("reporter", f"/drafts/{draft.id}")
    assert (again["title"], again["body"]) == (NASTY, NASTY)
    headers = any_house.headers("reporter") | {"content-type": "application/json"}
    for name in ("title", "body", "key"):
        body = {"title": "t", "body": "b", "key": key(), name: "half \ud800 a character"}
        answer = any_house.client.post("/v1/drafts", headers=headers, content=json.dumps(body))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["message"].startswith(f"{name}: ")


_WRITER = """
import sys
from contextlib import closing
from caibian.storage import open_database
from caibian.storage.accounts import find_account
from caibian.storage.newsroom import review
database = open_database(sys.argv[1])
account = find_account(database, "anna")
number = 0
while True:
    view = review.create(database, account, title=str(number), body="x", key=f"create-{number}")
    review.edit(database, account, view.heading.id, title=str(number), body="y", revision=1, key=f"edit-{number}")
    print(view.heading.id, flush=True)
    number += 1
"""


@pytest.mark.parametrize("acknowledged", [3, 20])
def test_what_was_acknowledged_outlives_the_kill_of_its_writer(tmp_path: Path, acknowledged: int) -> None:
    with closing(open_database(tmp_path / "house.db")) as database:
        anna, _ = create_account(database, "anna", role="reporter")
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path / "house.db")], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    known = [writer.stdout.readline().strip() for _ in range(acknowledged)]
    os.kill(writer.pid, signal.SIGKILL)
    known += writer.stdout.read().split()
    writer.wait()
    with closing(open_database(tmp_path / "house.db")) as database:
        for place, draft in enumerate(known):
            view = drafts.read(database, anna, draft)
            assert (view.heading.title, view.body, view.heading.revision) == (str(place), "y", 2)
            assert [line.kind for line in drafts.ledger(database, anna, draft)] == ["created", "edited"]
