"""Rankings over CSV: blind, harmless in a spreadsheet, the same when they come back, wrong rows refused one by one."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.errors import InputError
from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.panels import draw_key, export_csv, import_csv, read_key, write_key
from caibian.evaluation.panels.csv_files import escape, unescape
from caibian.records import Ranking
from tests.evaluation.panels.support import RATERS, SYSTEMS, comparison, said, texts

HEADER = "item,rater,ranking,skip,comment,violations,seconds\n"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_raters_said_comes_back_the_same(data: st.DataObject) -> None:
    panel = comparison(data.draw(st.lists(texts, min_size=1, max_size=3)))
    key = draw_key(panel, seed=data.draw(st.integers(0, 9)))
    comments = texts.map(lambda text: text or None)
    reasons = st.sampled_from(["not_my_field", "cannot_tell", "other"])
    given_by = [
        Ranking(
            example.id,
            rater,
            () if skipped else tuple(data.draw(st.permutations(SYSTEMS))),
            data.draw(reasons) if skipped else None,
            kind="expert",
            shown=tuple(key.items[example.id].values()),
            violations={} if skipped else {SYSTEMS[0]: ("accuracy", "concision")},
            comment=data.draw(comments),
            seconds=data.draw(st.floats(0, 1e4)),
            at=datetime(2025, 1, 2, tzinfo=UTC),
        )
        for example in panel.examples
        for rater in RATERS
        for skipped in [data.draw(st.booleans())]
    ]
    with tempfile.TemporaryDirectory() as folder:
        files = export_csv(panel, key, Path(folder), rankings=given_by, bom=data.draw(st.booleans()))
        back = import_csv(files, key, raters=RATERS)
    assert (back.refused, back.unfinished) == ((), 0)
    assert sorted(back.rankings, key=repr) == sorted(given_by, key=repr)


@given(texts)
def test_no_cell_begins_a_formula_and_all_come_back(text: str) -> None:
    assert escape(text)[:1] not in tuple("=+-@\t\r＝＋－＠")
    assert unescape(escape(text)) == text


def test_experts_see_letters_and_no_system_and_the_empty_answer_is_not_shown(tmp_path: Path) -> None:
    panel = comparison()
    key = draw_key(panel)
    for path in export_csv(panel, key, tmp_path, raters=RATERS):
        text = path.read_text(encoding="utf-8-sig")
        assert not any(system in text for system in (*SYSTEMS, EMPTY))
        assert [row["answers"] for row in rows(path)] == ["A B C", "A B C"]
    assert (tmp_path / "林编辑.csv").exists()
    assert (tmp_path / "林编辑.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_letters_are_shuffled_by_the_seed_and_stay_when_items_are_added() -> None:
    many = comparison([f"text {n}" for n in range(40)])
    key = draw_key(many, seed=1)
    assert {tuple(of.values()) for of in key.items.values()} > {SYSTEMS}
    assert draw_key(many, seed=2).items != key.items
    fewer = draw_key(comparison([f"text {n}" for n in range(5)]), seed=1)
    assert all(key.items[item] == of for item, of in fewer.items.items())


def test_a_missing_answer_is_not_ranked(tmp_path: Path) -> None:
    panel = comparison(failed=("gpt-secret", 1))
    key = draw_key(panel)
    assert len(key.items["i1"]) == 2
    (path,) = export_csv(panel, key, tmp_path)
    assert rows(path)[1]["answers"] == "A B"
    path.write_text(HEADER + "i1,x,B > A\n")
    assert set(import_csv(path, key).rankings[0].order) == {"qwen-base", "qwen-tuned"}


@pytest.mark.parametrize("written", ["B > A > C", "b,a,c", "BAC", "Ｂ、Ａ、Ｃ", "B  A C", "B>A>C\n"])
def test_an_order_may_be_written_as_people_write_it(written: str, tmp_path: Path) -> None:
    key = draw_key(comparison())
    (tmp_path / "r.csv").write_text(HEADER + f'i0,x,"{written}"\n', encoding="utf-8")
    (ranking,) = import_csv(tmp_path / "r.csv", key).rankings
    assert ranking.order == tuple(key.items["i0"][letter] for letter in "BAC")
    assert (ranking.kind, ranking.judge) == ("expert", "x")


def test_wrong_rows_are_refused_with_line_and_reason_and_the_good_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        HEADER
        + 'i0,x,A > B > C,,"two\nlines"\n'  # lines 2 and 3
        + "i9,x,A > B > C\n"
        + "i1,who,A > B > C\n"
        + "i1,x,A > A > C\n"
        + "i1,x,A > B\n"
        + "i1,x,A > B > Z\n"
        + "i1,x,A > B > C,cannot_tell\n"
        + "i1,x,A > B > C,,,accuracy\n"
        + "i0,x,C > B > A\n"
        + "i1,y,,\n"
        + "i1,x,,看不懂题目,写得含糊\n",
        encoding="utf-8",
    )
    back = import_csv(path, draw_key(comparison()), raters=("x", "y"))
    assert [(one.where, one.reason) for one in back.refused] == [
        ("line 4", "unknown_item"),
        ("line 5", "unknown_rater"),
        ("line 6", "key_repeated"),
        ("line 7", "key_missing"),
        ("line 8", "unknown_key"),
        ("line 9", "ranked_and_skipped"),
        ("line 10", "unreadable_cell"),
        ("line 11", "given_twice"),
    ]
    assert str(back.refused[3]) == "r.csv, line 7: key missing: C in A B; rank all answers"
    assert back.reasons["key_missing"] == 1
    assert back.unfinished == 1
    kept, skipped = back.rankings
    assert (kept.comment, kept.order[0]) == ("two\nlines", draw_key(comparison()).items["i0"]["A"])
    assert (skipped.abstained, skipped.order, skipped.comment) == ("other", (), "看不懂题目\n写得含糊")


@pytest.mark.parametrize(("encoding", "separator"), [("gb18030", ","), ("utf-8", ";"), ("utf-8-sig", "\t")])
def test_files_as_spreadsheets_save_them_are_read(encoding: str, separator: str, tmp_path: Path) -> None:
    panel = comparison()
    key = draw_key(panel)
    (path,) = export_csv(panel, key, tmp_path, raters=["林编辑"])
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=separator)
        writer.writerow(["Item", "Rater", "Ranking", "Comment"])
        writer.writerow(["i0", "林编辑", "C > B > A", "第二条更准确"])
    (ranking,) = import_csv(path, key).rankings
    assert (ranking.judge, ranking.comment) == ("林编辑", "第二条更准确")


def test_raters_may_go_by_other_names_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(HEADER + "i0,7,ABC\ni0,8,ABC\n")
    back = import_csv(tmp_path / "r.csv", draw_key(comparison()), raters={"7": "lin"})
    assert [one.judge for one in back.rankings] == ["lin"]
    assert back.reasons == {"unknown_rater": 1}


def test_an_answer_of_a_hundred_thousand_characters_passes(tmp_path: Path) -> None:
    panel = comparison(["字" * 100_000])
    key = draw_key(panel)
    order = tuple(key.items["i0"].values())
    files = export_csv(panel, key, tmp_path, rankings=[Ranking("i0", "x", order, kind="expert")])
    assert said(import_csv(files, key).rankings) == {("i0", "x", order, None, None)}


def test_a_file_without_the_columns_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no column item, rater, ranking; keep the header"):
        import_csv(tmp_path / "r.csv", draw_key(comparison()))


def test_the_key_is_kept_and_belongs_to_its_examples(tmp_path: Path) -> None:
    panel = comparison()
    write_key(tmp_path / "key.json", draw_key(panel, seed=4))
    assert read_key(tmp_path / "key.json", panel) == draw_key(panel, seed=4)
    with pytest.raises(InputError, match="the key is of other examples"):
        read_key(tmp_path / "key.json", comparison(["other"]))
    (tmp_path / "key.json").write_text("{}")
    with pytest.raises(InputError, match=r"no key of a panel .* give the key\.json"):
        read_key(tmp_path / "key.json")
