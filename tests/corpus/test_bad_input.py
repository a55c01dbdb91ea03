"""Bad input is counted with its place, or refused with a message that helps; it never stops the rest."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from caibian.corpus import CorpusConfig
from caibian.errors import ConfigError, EmptyResult, InputError
from tests.corpus.helpers import curate, story, write_jsonl


def test_broken_json_lines_are_counted_with_their_numbers(tmp_path: Path) -> None:
    rows = [{"text": story(1)}, '{"text": "断', "[1, 2]", "", {"text": story(2)}, "null", "[" * 100_000]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows))
    assert [a.body for a in articles] == [story(1), story(2)]
    assert report.dropped == {"broken_line": 4}
    assert (report.rows_in, report.rows_out) == (6, 2)
    assert any(
        "a.jsonl: broken_line in 4 rows (line 2, line 3, line 6, line 7)" in note for note in report.notes
    )


def test_half_a_surrogate_pair_in_json_harms_nothing(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", ['{"text": "\\ud83d' + story(1) + '\\u4e2d"}'])
    [article], _ = curate(tmp_path / "out", path)
    assert story(1) + "中" in article.body
    assert article.body.encode("utf-8")


def test_rows_without_a_text_are_counted(tmp_path: Path) -> None:
    rows = [
        {"text": story(1)},
        {"title": "只有标题"},
        {"text": None},
        {"text": " \u3000"},
        {"text": story(2)},
    ]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows))
    assert len(articles) == 2
    assert report.dropped == {"missing_body": 3}
    assert any("line 2, line 3, line 4" in note for note in report.notes)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": story(1), "headline": "甲"}])
    with pytest.raises(
        InputError, match=r"a\.jsonl: no column 'headLine' \(fields\.title\); it has text, head"
    ):
        curate(tmp_path / "out", {"path": str(path), "fields": {"title": "headLine"}})
    path = write_jsonl(tmp_path / "b.jsonl", [{"foo": story(1)}])
    with pytest.raises(InputError, match=r"b\.jsonl: .*set fields\.body to one of foo"):
        curate(tmp_path / "out", path)


def test_an_unreadable_parquet_file_is_an_error_or_a_counted_problem(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.parquet").write_bytes(b"PAR1 this is none PAR1")
    with pytest.raises(InputError, match=r"bad\.parquet: not a readable Parquet file"):
        curate(tmp_path / "out", tmp_path / "in" / "bad.parquet")
    write_jsonl(tmp_path / "in" / "good.jsonl", [{"text": story(1)}])
    articles, report = curate(tmp_path / "out", tmp_path / "in")
    assert len(articles) == 1
    assert report.dropped == {"unreadable_file": 1}
    assert any("bad.parquet: unreadable_file" in note for note in report.notes)


def test_a_truncated_gzip_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(f'{{"text": "{story(1)}"}}'.encode())[:-12])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz"):
        curate(tmp_path / "out", path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt"])
def test_empty_files_leave_nothing_and_say_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(EmptyResult, match=r"no rows|empty file"):
        curate(tmp_path / "out", tmp_path / name)


def test_an_empty_file_among_others_is_noted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.csv").write_bytes(b"")
    write_jsonl(tmp_path / "in" / "good.jsonl", [{"text": story(1)}])
    _, report = curate(tmp_path / "out", tmp_path / "in")
    assert "empty.csv: the file is empty" in report.notes


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_of_50_megabytes_is_skipped_in_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    row = {"a.jsonl": '{{"text": "{}"}}\n', "a.csv": '"{}"\n'}[name]
    with path.open("w", encoding="utf-8") as stream:
        stream.write("text\n" if name == "a.csv" else "")
        stream.write(row.format(story(1)))
        stream.write(row.format("中国" * 9_000_000))  # 54 MB in UTF-8
        stream.write(row.format(story(2)))
    code = (
        "import resource, sys; from pathlib import Path; from tests.corpus.helpers import curate\n"
        f"import caibian.corpus.run, rensa\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"articles, report = curate(Path({str(tmp_path / 'out')!r}), Path({str(path)!r}))\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(articles), report.dropped, report.notes, (after - before) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    line = 2 if name == "a.jsonl" else 3
    assert done.stdout.startswith(f"2 {{'line_too_long': 1}} ['{name}: line_too_long in 1 row (line {line})'")
    grown = int(
        done.stdout.split()[-1]
    )  # MB; the line alone would be 36 as a string, 54 as bytes, twice when parsed
    assert grown < 150 or sys.platform != "linux"  # the unit of ru_maxrss is kB on Linux only


def test_csv_rows_of_the_wrong_width_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f"title,text\n甲,{story(1)}\n只有一格\n乙,{story(2)},多一格\n丙,{story(3)}\n", encoding="utf-8"
    )
    articles, report = curate(tmp_path / "out", path)
    assert [a.title for a in articles] == ["甲", "丙"]
    assert report.dropped == {"broken_line": 2}
    assert any("line 3, line 4" in note for note in report.notes)


def test_pages_without_an_article_are_counted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "nav.html").write_text(
        "<html><body><a href='/'>首页</a></body></html>", encoding="utf-8"
    )
    (tmp_path / "in" / "empty.html").write_bytes(b"")
    (tmp_path / "in" / "binary.html").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "in" / "ok.html").write_text(
        f"<html><body><article><h1>题</h1><p>{story(1)}</p><p>{story(2)}</p></article></body></html>",
        encoding="utf-8",
    )
    articles, report = curate(tmp_path / "out", tmp_path / "in", filters={"min_characters": 20})
    assert len(articles) == 1
    assert report.rows_in == 4
    # What trafilatura takes for an article in a page of links is the one word 首页.
    assert (
        report.dropped["no_article"] + report.dropped.get("too_short", 0) + report.dropped.get("garbled", 0)
        == 3
    )
    assert any("empty.html: no_article in 1 row (no article found in the page)" in n for n in report.notes)


def test_an_oversized_text_file_is_counted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "big.txt").write_text("字" * 4_000_001, encoding="utf-8")
    (tmp_path / "in" / "ok.txt").write_text(story(1), encoding="utf-8")
    articles, report = curate(tmp_path / "out", tmp_path / "in")
    assert len(articles) == 1
    assert report.dropped == {"file_too_large": 1}


def test_one_id_for_two_texts_is_told_apart_and_for_one_text_is_a_duplicate(tmp_path: Path) -> None:
    rows = [{"id": "n1", "text": story(1)}, {"id": "n1", "text": story(2)}, {"id": "n1", "text": story(1)}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, report = curate(tmp_path / "out", path)
    assert articles[0].id == "n1"
    assert articles[1].id.startswith("n1-")
    assert len(articles) == 2
    assert report.dropped == {"duplicate": 1}
    assert report.metrics["ids_derived"] == 1
    again, _ = curate(tmp_path / "again", path)
    assert [a.id for a in again] == [a.id for a in articles]


def test_ids_stay_unique_even_when_copies_are_kept(tmp_path: Path) -> None:
    rows = [{"text": story(1)}] * 3
    articles, _ = curate(
        tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows), dedupe={"exact": False, "near": "keep"}
    )
    assert len({a.id for a in articles}) == 3
    assert len({a.cluster for a in articles}) == 1


def test_wrongly_decoded_texts_are_refused(tmp_path: Path) -> None:
    mojibake = story(1).encode().decode("gb18030", "replace")
    latin = "Qu’il a déclaré à l’économie ".encode().decode("latin-1") * 5
    rows = [{"text": mojibake}, {"text": latin}, {"text": "\ufffd" * 20 + story(2)}, {"text": story(3)}]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows))
    assert [a.body for a in articles] == [story(3)]
    assert report.dropped == {"garbled": 3}


def test_when_nothing_is_left_the_error_names_what_took_it(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": "太短"}, {"text": "也短"}, "{"])
    with pytest.raises(
        EmptyResult, match=r"nothing is left of 3 rows: too_short 2, broken_line 1 \(a\.jsonl: .*line 3"
    ):
        curate(tmp_path / "out", path)


def test_a_split_that_asks_for_too_much_is_refused(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": story(i)} for i in range(5)])
    with pytest.raises(ConfigError, match=r"corpus\.split: asks for 5 for test .* of 5 articles"):
        curate(tmp_path / "out", path, split={"test": 5})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "sources"),
        ({"sources": []}, "sources"),
        ({"sources": [{}]}, "give either path or dataset"),
        ({"sources": [{"path": "a", "dataset": "b"}]}, "give either path or dataset"),
        ({"sources": [{"path": "a", "encoding": "utf-99"}]}, "unknown encoding 'utf-99'"),
        ({"sources": [{"path": "a", "timezone": "Mars/Olympus"}]}, "unknown time zone"),
        ({"sources": [{"path": "a"}], "split": {"test": 1.5}}, "whole number"),
        ({"sources": [{"path": "a"}], "split": {"test": 0.6, "validation": 0.5}}, "nothing for train"),
        ({"sources": [{"path": "a"}], "filters": {"min_chars": 3}}, "min_chars"),
    ],
)
def test_wrong_settings_are_refused_before_anything_starts(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CorpusConfig.model_validate(settings)
