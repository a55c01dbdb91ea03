"""ninjs, NewsML-G2 and NITF become rows like those of any archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caibian.corpus import SourceConfig
from caibian.corpus.readers import read_json, read_xml
from caibian.errors import InputError


def rows(path: Path, content: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    path.write_text(content, encoding="utf-8")
    read = read_xml if path.suffix == ".xml" else read_json
    batches = list(read(path, path.name, SourceConfig(path=path), 100))
    found = [row for batch in batches for row in batch.rows.to_pylist()]
    counts: dict[str, int] = {}
    for batch in batches:
        for reason, count in batch.problems.counts().items():
            counts[reason] = counts.get(reason, 0) + count
    return found, counts


NINJS_1 = {
    "uri": "urn:1",
    "headline": "H",
    "body_xhtml": "<div><p>One <b>bold</b>.</p><p>Two</p></div>",
    "byline": "A",
}
NINJS_2 = {
    "uri": "http://x/2",
    "headlines": [{"role": "main", "value": "H2"}],
    "bodies": [{"contenttype": "text/plain", "value": "Plain\nbody"}],
    "infosources": [{"name": "Agency"}],
    "by": "B",
    "contentcreated": "2026-05-01T00:00:00Z",
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(NINJS_1) + "\n" + json.dumps(NINJS_2),
        json.dumps([NINJS_1, NINJS_2], indent=1),
        json.dumps(NINJS_1) + "\n[1]\n" + json.dumps(NINJS_2) + "\n{",
    ],
)
def test_ninjs_of_both_versions_is_read_however_it_is_laid_out(tmp_path: Path, content: str) -> None:
    found, counts = rows(tmp_path / "a.json", content)
    assert [(row["title"], row["body"], row["author"]) for row in found] == [
        ("H", "One bold.\nTwo", "A"),
        ("H2", "Plain\nbody", "B"),
    ]
    assert (found[1]["source"], found[1]["url"], found[0]["url"]) == ("Agency", "http://x/2", None)
    assert counts == ({"broken_line": 2} if content.endswith("{") else {})


def test_one_object_over_many_lines_that_is_no_ninjs_is_a_row(tmp_path: Path) -> None:
    found, _ = rows(tmp_path / "a.json", json.dumps({"标题": "题", "正文": "文"}, indent=2))
    assert [(row["title"], row["body"]) for row in found] == [("题", "文")]


def test_every_item_of_a_newsml_message_and_a_nitf_document_are_read(tmp_path: Path) -> None:
    item = '<newsItem guid="{0}"><contentMeta><headline>H{0}</headline></contentMeta><contentSet>{1}</contentSet></newsItem>'
    nitf = (
        '<inlineXML><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head><hedline><hl1>N</hl1></hedline>'
        "</body.head><body.content><p>In NITF.</p></body.content></body></nitf></inlineXML>"
    )
    message = (
        '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
        + item.format(1, nitf)
        + item.format(2, "<inlineData>Plain.</inlineData>")
        + item.format(3, "")
        + "</itemSet></newsMessage>"
    )
    found, counts = rows(tmp_path / "m.xml", message)
    assert [(row["title"], row["body"]) for row in found] == [("H1", "In NITF."), ("H2", "Plain.")]
    assert counts == {"missing_body": 1}
    alone = "<nitf><body><body.head><hedline><hl1>N</hl1></hedline></body.head><body.content><p>A.</p></body.content></body></nitf>"
    found, _ = rows(tmp_path / "n.xml", alone)
    assert [(row["title"], row["body"]) for row in found] == [("N", "A.")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<rss/>", "neither NewsML-G2 nor NITF"),
        ("<a>", "not well-formed"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><nitf><hl1>&e;</hl1></nitf>', "entities"),
    ],
)
def test_other_xml_and_entities_are_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        rows(tmp_path / "x.xml", content)
