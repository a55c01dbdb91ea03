"""The verifier of AI labels over HTTP."""

from __future__ import annotations

import pytest

from caibian.publishing import Document, add_label, export
from caibian.service.newsroom.routes import labels
from tests.publishing.files import LABEL, UNLABELLED, pdf
from tests.service.newsroom.house import House


def verify(
    house: House, content: bytes, who: str | None = "reporter", name: str = "x.bin"
) -> dict[str, object]:
    answer = house.ask(who, "POST", "/labels/verify", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_label_is_read_back_from_an_upload(house: House) -> None:
    file = export(Document("标题", "正文", ai=True, produce_id="d1"), "docx", producer="001191")
    found = verify(house, file.content, name="../../etc/passwd")
    assert (found["format"], found["visible"], found["problems"]) == ("docx", True, [])
    assert found["aigc"]["ProduceID"] == "d1"  # type: ignore[index]
    assert verify(house, add_label(UNLABELLED["jpeg"], LABEL))["visible"] is None


def test_a_file_without_a_label_is_an_answer_and_no_error(house: House) -> None:
    found = verify(house, UNLABELLED["png"])
    assert found["aigc"] is None
    assert found["problems"]


def test_what_cannot_be_read_is_refused_with_the_reason(house: House) -> None:
    for content, reason in (
        (b"", "empty"),
        (b"\x00\x01", "no format"),
        (pdf(password="x"), "encrypted"),
        (UNLABELLED["png"][:60], "ends early"),
    ):
        problem = house.problem("editor", "POST", "/labels/verify", 422, files={"file": ("a", content)})
        assert problem.code == "invalid"
        assert problem.message.startswith("file: ")
        assert reason in problem.message
    assert house.problem("editor", "POST", "/labels/verify", 422, data={"file": "x"}).code == "invalid"


def test_those_outside_the_desk_do_not_verify(house: House) -> None:
    upload = {"file": ("a.png", UNLABELLED["png"])}
    assert house.problem("expert", "POST", "/labels/verify", 403, files=upload).code == "forbidden"
    assert house.problem(None, "POST", "/labels/verify", 401, files=upload).code == "unauthorised"


def test_files_that_take_long_to_read_do_not_take_every_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "_WAIT", 0.1)
    with labels._reading, labels._reading:
        problem = house.problem("reporter", "POST", "/labels/verify", 429, files={"file": ("a", b"x")})
        assert problem.code == "too_many"
    assert verify(house, UNLABELLED["png"])["problems"]
