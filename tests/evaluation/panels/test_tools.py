"""Rankings over Label Studio and Argilla, in the layouts that they read and write."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.errors import InputError
from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.panels import (
    Imported,
    draw_key,
    export_argilla,
    export_label_studio,
    import_argilla,
    import_label_studio,
)
from tests.evaluation.panels.support import SYSTEMS, annotation, comparison, said, texts

LIN, ZHAO = "271723ad-d4c3-43a7-951d-6cab7285416f", "d42c3a98-5916-4d51-8424-de6b47f12a50"


def label_studio(tmp_path: Path, annotations: list[dict[str, Any]], **task: Any) -> Imported:
    tasks = [{"id": 1, "data": {"item": "i0"}, "annotations": annotations} | task]
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    return import_label_studio(tmp_path / "export.json", draw_key(comparison()))


def argilla(tmp_path: Path, records: Any) -> Imported:
    (tmp_path / "records.json").write_text(json.dumps(records), encoding="utf-8")
    return import_argilla(
        tmp_path / "records.json", draw_key(comparison()), raters={LIN: "lin", ZHAO: "zhao"}
    )


def systems(letters: str) -> tuple[str, ...]:
    return tuple(draw_key(comparison()).items["i0"][letter] for letter in letters)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_orders_given_on_what_was_exported_come_back_as_systems(data: st.DataObject) -> None:
    panel = comparison(data.draw(st.lists(texts, min_size=1, max_size=3)))
    key = draw_key(panel, seed=data.draw(st.integers(0, 9)))
    with tempfile.TemporaryDirectory() as name:
        folder, wanted, records = Path(name), set(), []
        tasks_file, _ = export_label_studio(panel, key, folder)
        (dataset,) = export_argilla(panel, key, folder)
        tasks = json.loads(tasks_file.read_text(encoding="utf-8"))
        shown = {
            record["id"]: record
            for record in json.loads((dataset / "records.json").read_text(encoding="utf-8"))
        }
        for task in tasks:
            order = data.draw(st.permutations([answer["id"] for answer in task["data"]["answers"]]))
            # What the expert reads under a letter is what the system behind it said.
            for answer in task["data"]["answers"]:
                system = key.items[task["data"]["item"]][answer["id"]]
                assert answer["body"] == panel.answers[system][task["data"]["item"]].text
                assert (
                    shown[task["data"]["item"]]["fields"][f"answer_{answer['id'].lower()}"] == answer["body"]
                )
            task["annotations"] = [annotation(order, {"id": 3, "email": "lin@example.org"}, comment="说明")]
            records.append(
                {
                    "id": task["data"]["item"],
                    "ranking.responses": [order],
                    "ranking.responses.users": [LIN],
                    "ranking.responses.status": ["submitted"],
                    "comment.responses": ["说明"],
                    "comment.responses.users": [LIN],
                    "comment.responses.status": ["submitted"],
                }
            )
            behind = key.items[task["data"]["item"]]
            wanted.add((task["data"]["item"], "lin", tuple(behind[letter] for letter in order), None, "说明"))
        (folder / "ls.json").write_text(json.dumps(tasks), encoding="utf-8")
        (folder / "arg.json").write_text(json.dumps(records), encoding="utf-8")
        first = import_label_studio(folder / "ls.json", key, raters={"lin@example.org": "lin"})
        second = import_argilla(folder / "arg.json", key, raters={LIN: "lin"})
    assert first.refused == second.refused == ()
    assert said(first.rankings) == said(second.rankings) == wanted


def test_nothing_that_experts_see_names_a_system(tmp_path: Path) -> None:
    panel = comparison()
    key = draw_key(panel)
    export_label_studio(panel, key, tmp_path)
    export_argilla(panel, key, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 5
    for path in files:
        assert not any(system in path.read_text(encoding="utf-8") for system in (*SYSTEMS, EMPTY))


def test_the_label_studio_configuration_ranks_the_list_of_answers(tmp_path: Path) -> None:
    panel = comparison()
    tasks_file, config = export_label_studio(panel, draw_key(panel), tmp_path)
    view = ElementTree.parse(config).getroot()
    (answers,), (ranker,) = view.findall("List"), view.findall("Ranker")
    assert ranker.get("toName") == answers.get("name")
    data = json.loads(tasks_file.read_text(encoding="utf-8"))[0]["data"]
    assert {tag.get("value", "")[1:] for tag in (answers, *view.findall("Text"))} <= set(data)
    assert set(data["answers"][0]) == {"id", "title", "body"}  # body is shown as text, html would be rendered


def test_label_studio_annotations_of_all_sorts_are_told_apart(tmp_path: Path) -> None:
    back = label_studio(
        tmp_path,
        [
            annotation("BAC", 1),
            annotation("ABC", 2, was_cancelled=True),
            annotation(None, 3, skip="not_my_field", comment="体育不熟"),
            annotation(None, 4),
            annotation("AB", 5),
            annotation("AABC", 6),
            {"completed_by": 7, "result": [{"from_name": "ranking", "value": {"ranker": 5}}]},
        ],
        drafts=[{"id": 9}],
    )
    assert said(back.rankings) == {
        ("i0", "1", systems("BAC"), None, None),
        ("i0", "2", (), "no_reason_given", None),
        ("i0", "3", (), "not_my_field", "体育不熟"),
    }
    assert back.rankings[0].seconds == 4.25
    assert {one.where: one.reason for one in back.refused} == {
        "task 1, annotation 4": "no_ranking",
        "task 1, annotation 5": "key_missing",
        "task 1, annotation 6": "key_repeated",
        "task 1, annotation 7": "unreadable_annotation",
    }
    assert back.unfinished == 1


def test_the_later_of_two_annotations_counts_and_older_layouts_are_read(tmp_path: Path) -> None:
    first = annotation("ABC", 1, updated_at="2025-03-01T10:00:00.000000Z")
    later = annotation("CBA", 1, updated_at="2025-03-01T12:00:00.000000Z")
    later["result"][0]["value"]["ranker"] = list("CBA")  # a list, before the tag's name stood there
    for both in ([first, later], [later, first]):
        back = label_studio(tmp_path, both)
        assert [one.order for one in back.rankings] == [systems("CBA")]
        assert back.reasons == {"given_twice": 1}
        assert back.rankings[0].at is not None
        assert back.rankings[0].at.utcoffset() is not None


def test_other_exports_of_label_studio_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    for content, message in (
        ('[{"item": "i0", "annotator": 1, "ranking": ["A"]}]', "JSON-MIN"),
        ("{}", "choose the format JSON"),
        ("[", "not a readable JSON file"),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=message):
            import_label_studio(path, draw_key(comparison()))
    path.write_text('[{"data": {}}, {"data": {"item": "i0"}}]')
    assert import_label_studio(path, draw_key(comparison())).reasons == {"unreadable_task": 2}


def test_argilla_responses_are_read_by_status(tmp_path: Path) -> None:
    third = "00000000-0000-0000-0000-000000000003"
    server = {
        "external_id": "i0",
        "id": "some-uuid",
        "responses": [
            {
                "user_id": LIN,
                "status": "submitted",
                "values": {
                    "ranking": {
                        "value": [{"value": v, "rank": r} for v, r in (("A", 2), ("B", 1), ("C", 3))]
                    },
                    "comment": {"value": "好"},
                },
            },
            {"user_id": ZHAO, "status": "discarded", "values": {"skip": {"value": "cannot_tell"}}},
            {"user_id": third, "status": "submitted", "values": {"ranking": {"value": [{"value": "A"}]}}},
            {"user_id": LIN, "status": "draft", "values": {}},
        ],
    }
    back = argilla(tmp_path, {"items": [server, {"id": "i1", "responses": {}}]})
    assert said(back.rankings) == {
        ("i0", "lin", systems("BAC"), None, "好"),
        ("i0", "zhao", (), "cannot_tell", None),
    }
    assert [(one.where, one.reason) for one in back.refused] == [("record 1, response 3", "unknown_rater")]
    assert back.unfinished == 2


def test_argilla_records_without_status_are_taken_as_submitted_and_say_so(tmp_path: Path) -> None:
    responses = {"ranking": [{"value": list("BAC"), "user_id": LIN}, {"value": list("BAA"), "user_id": ZHAO}]}
    back = argilla(tmp_path, [{"id": "i0", "responses": responses}])
    assert said(back.rankings) == {("i0", "lin", systems("BAC"), None, None)}
    assert back.reasons == {"key_repeated": 1}
    assert "2 responses bear no status" in back.notes[0]


def test_tied_places_and_unreadable_responses_are_refused_not_guessed(tmp_path: Path) -> None:
    tied = [{"value": "A", "rank": 1}, {"value": "B", "rank": 1}, {"value": "C", "rank": 3}]
    back = argilla(
        tmp_path,
        [
            {
                "id": "i0",
                "responses": [
                    {"user_id": LIN, "status": "submitted", "values": {"ranking": {"value": tied}}}
                ],
            },
            {
                "id": "i0",
                "responses": [{"user_id": ZHAO, "status": "submitted", "values": {"ranking": {"value": 5}}}],
            },
            {"id": "i1", "responses": [{"user_id": ZHAO, "status": "discarded", "values": {}}]},
            {"responses": []},
        ],
    )
    assert back.reasons == {"tied_places": 1, "unreadable_response": 1, "unreadable_record": 1}
    assert [one.abstained for one in back.rankings] == ["no_reason_given"]


def test_argilla_gets_a_dataset_for_each_number_of_answers(tmp_path: Path) -> None:
    panel = comparison(failed=("gpt-secret", 1))
    folders = export_argilla(panel, draw_key(panel), tmp_path)
    assert [folder.name for folder in folders] == ["answers-2", "answers-3"]
    for folder, letters in zip(folders, ("AB", "ABC"), strict=True):
        parts = {
            name: json.loads((folder / f"{name}.json").read_text())
            for name in ("dataset", "settings", "records")
        }
        assert parts["dataset"]["name"].isascii()
        ranking = next(one for one in parts["settings"]["questions"] if one["type"] == "ranking")
        assert [option["value"] for option in ranking["settings"]["options"]] == list(letters)
        assert {field["name"] for field in parts["settings"]["fields"]} == set(parts["records"][0]["fields"])
        assert all(parts["records"][0]["fields"].values())
