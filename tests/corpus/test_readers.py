"""Archives of every kind become the same articles."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caibian.corpus.readers import detect_encoding
from caibian.errors import InputError
from caibian.records import Article, to_table, write_parquet
from tests.corpus.helpers import curate, story, write_jsonl

ROWS = [{"headLine": f"标题{i}号", "text": story(i), "date": f"2023-07-2{i} 16:50"} for i in range(3)]
MAPPED = {"fields": {"title": "headLine"}}


def check(articles: list[Article]) -> None:
    assert [a.title for a in articles] == ["标题0号", "标题1号", "标题2号"]
    assert [a.body for a in articles] == [story(i) for i in range(3)]
    assert articles[1].published_at == datetime(2023, 7, 21, 8, 50, tzinfo=UTC)
    assert {a.language for a in articles} == {"zh"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32"])
def test_json_lines_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    articles, report = curate(
        tmp_path / "out", {"path": str(write_jsonl(tmp_path / "a.jsonl", ROWS, encoding)), **MAPPED}
    )
    check(articles)
    assert (report.rows_in, report.rows_out, report.dropped) == (3, 3, {})


def test_a_named_encoding_wins(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", ROWS, "utf-16-be")
    check(curate(tmp_path / "out", {"path": str(path), "encoding": "UTF-16BE", **MAPPED})[0])


def test_gzipped_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in ROWS).encode()))
    check(curate(tmp_path / "out", {"path": str(path), **MAPPED})[0])


def test_a_json_array(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROWS, indent=2), encoding="utf-8")
    check(curate(tmp_path / "out", {"path": str(path), **MAPPED})[0])


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_with_quoted_line_breaks(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.DictWriter(stream, ROWS[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)
        writer.writerow({"headLine": "两段", "text": f'{story(7)}\n{story(8)}，"引"', "date": ""})
    articles, _ = curate(tmp_path / "out", {"path": str(path), **MAPPED})
    check(articles[:3])
    assert articles[3].body == f'{story(7)}\n{story(8)}，"引"'
    assert articles[3].published_at is None


def test_parquet_of_any_column_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "headLine": pa.array([row["headLine"] for row in ROWS]).dictionary_encode(),
            "text": pa.array([[row["text"]] for row in ROWS], pa.list_(pa.large_string())),
            "date": pa.array([datetime(2023, 7, 20 + i, 8, 50) for i in range(3)], pa.timestamp("s", "UTC")),
            "id": pa.array([7, 8, 9]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    articles, _ = curate(tmp_path / "out", {"path": str(tmp_path / "a.parquet"), **MAPPED})
    check(articles)
    assert [a.id for a in articles] == ["7", "8", "9"]


def test_articles_written_by_us_keep_every_field(tmp_path: Path) -> None:
    article = Article(
        id="x1", body=story(1), title="标题一号", summary="摘要", url="https://example.org/1", source="某报",
        author="张三", published_at=datetime(2023, 7, 1, tzinfo=UTC), language="zh", section="体育",
        licence="CC BY 4.0", labels={"sentiment": "positive"},
    )  # fmt: skip
    write_parquet(tmp_path / "a.parquet", to_table([article], Article))
    [read], _ = curate(tmp_path / "out", tmp_path / "a.parquet", split={"validation": 0, "test": 0})
    assert (read.split, read.cluster) == ("train", "x1")
    assert read == Article(
        **{f: getattr(article, f) for f in Article.__slots__ if f not in ("split", "cluster")},
        split="train", cluster="x1",
    )  # fmt: skip


def test_several_body_columns_are_joined(tmp_path: Path) -> None:
    rows = [{"lead": story(1), "rest": story(2)}, {"lead": story(3), "rest": None}]
    source = {"path": str(write_jsonl(tmp_path / "a.jsonl", rows)), "fields": {"body": ["lead", "rest"]}}
    articles, _ = curate(tmp_path / "out", source)
    assert [a.body for a in articles] == [f"{story(1)}\n{story(2)}", story(3)]
    articles, _ = curate(tmp_path / "other", {**source, "join": ""})
    assert articles[0].body == story(1) + story(2)


def test_nested_json_and_labels(tmp_path: Path) -> None:
    rows = [{"doc": {"text": story(1), "tags": ["甲", "乙"]}, "mood": 2}]
    source = {
        "path": str(write_jsonl(tmp_path / "a.jsonl", rows)),
        "fields": {"body": "doc.text", "section": "doc.tags", "labels": {"sentiment": "mood"}},
    }
    [article], _ = curate(tmp_path / "out", source, split={"validation": 0, "test": 0})
    assert (article.body, article.section, article.labels) == (story(1), "甲 乙", {"sentiment": "2"})


def test_an_empty_name_turns_a_field_off(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": story(1), "title": "无关"}])
    [article], _ = curate(tmp_path / "out", {"path": str(path), "fields": {"title": ""}})
    assert article.title is None


def test_a_folder_of_plain_text(tmp_path: Path) -> None:
    for i, encoding in enumerate(["utf-8", "gb18030", "utf-16"]):
        (tmp_path / "in" / f"d{i}").mkdir(parents=True)
        (tmp_path / "in" / f"d{i}" / "a.txt").write_text(f"标题{i}号\n{story(i)}", encoding=encoding)
    (tmp_path / "in" / ".hidden.txt").write_text("不读", encoding="utf-8")
    source = {"path": str(tmp_path / "in"), "import_rules": {"first_line_title": True}}
    articles, report = curate(tmp_path / "out", source)
    assert [(a.title, a.body) for a in articles] == [(f"标题{i}号", story(i)) for i in range(3)]
    assert report.metrics["files"] == 3


def page(title: str, body: str, charset: str) -> bytes:
    return f"""<!DOCTYPE html><html lang="zh"><head><meta charset="{charset}"><title>{title}_某网</title>
    <meta property="og:title" content="{title}"><meta name="author" content="张三">
    <meta property="article:published_time" content="2023-07-20T15:29:00+08:00"></head><body>
    <nav><a href="/">首页</a><a href="/b">新闻中心</a></nav><h1>{title}</h1>
    <article><p>{body}</p><p>{body[::-1]}</p></article><footer>版权所有 京ICP备</footer></body></html>""".encode(
        charset
    )


def test_a_folder_of_web_pages(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for i, charset in enumerate(["utf-8", "gbk", "gb2312"]):
        (tmp_path / "in" / f"{i}.html").write_bytes(page(f"某市举行第{i}届马拉松", story(i), charset))
    articles, _ = curate(tmp_path / "out", tmp_path / "in")
    assert [a.title for a in articles] == [f"某市举行第{i}届马拉松" for i in range(3)]
    for i, article in enumerate(articles):
        assert story(i) in article.body
        assert "首页" not in article.body
        assert "版权所有" not in article.body
        assert article.author == "张三"
        assert article.published_at is not None
        assert article.published_at.date().isoformat() in ("2023-07-19", "2023-07-20")


def test_patterns_and_mixed_folders(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in" / "2023" / "a.jsonl", [{"text": story(1)}])
    write_jsonl(tmp_path / "in" / "2024" / "b.jsonl", [{"text": story(2)}])
    (tmp_path / "in" / "c.txt").write_text(story(3), encoding="utf-8")
    (tmp_path / "in" / "d.jpg").write_bytes(b"\xff\xd8")
    bodies = {a.body for a in curate(tmp_path / "all", tmp_path / "in")[0]}
    assert bodies == {story(1), story(2), story(3)}
    [only], _ = curate(tmp_path / "some", {"path": str(tmp_path / "in" / "2024*" / "*.jsonl")})
    assert only.body == story(2)
    [text], _ = curate(tmp_path / "text", {"path": str(tmp_path / "in"), "type": "text"})
    assert text.body == story(3)


def test_a_folder_without_matching_files_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match=r"corpus\.sources\.0\.path: no file in .*jsonl"):
        curate(tmp_path / "out", tmp_path / "in")
    with pytest.raises(InputError, match=r"matches \*\.xml"):
        curate(tmp_path / "out", {"path": str(tmp_path / "in" / "*.xml")})
    with pytest.raises(InputError, match=r"corpus\.sources\.0\.path: .*nowhere does not exist"):
        curate(tmp_path / "out", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"corpus\.sources\.0\.type: cannot tell the type of a\.pdf"):
        curate(tmp_path / "out", tmp_path / "in" / "a.pdf")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (story(1), "gb18030"),
        ("本報記者報導，經濟發展會議在臺北舉行，這是我們的時代。" * 4, "big5"),
        ("قال الرئيس في بيان صحفي إن الاقتصاد ينمو هذا العام " * 4, "cp1256"),
        ("Le président a déclaré que l’économie française était très forte " * 4, "cp1252"),
        ("plain ASCII text", "utf-8"),
        ("प्रधानमंत्री ने कहा", "utf-8"),
    ],
)
def test_encodings_are_told_from_the_bytes(text: str, encoding: str) -> None:
    assert detect_encoding(text.encode(encoding)) == encoding


def test_no_chinese_text_is_taken_for_another_legacy_encoding() -> None:
    for seed in range(200):
        text = f"{seed}. {story(seed, 3)}"
        assert detect_encoding(text.encode("gb18030")) == "gb18030"


def test_utf8_cut_within_a_character_is_still_utf8() -> None:
    assert detect_encoding("中国".encode()[:-1]) == "utf-8"
