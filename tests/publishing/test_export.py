"""Exported documents: whole, labelled, valid for independent readers, and free of markup that nobody wrote."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import docx
import jsonschema
import pytest
import yaml
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt
from pypdf import PdfReader

from caibian.api.tasks import Wording
from caibian.publishing import FORMATS, CannotExport, Document, File, Unlabelled, export, read_label
from caibian.publishing.documents.document import blocks

TITLE = "“新能源”出口增长两成 <GPT & 数据>"
BODY = (
    "今年前五个月，全市出口 1.5 亿元，同比增长 **20%**。\n\n## 企业怎么说\n\n“订单排到了年底。”Müller 说。\n"
    "- 电池\n- 整车\n\n> 数据不说谎。\n\n最后一段。"
)
DOCUMENT = Document(
    title=TITLE,
    body=BODY,
    byline="张三",
    source="新华社",
    published_at=datetime(2026, 5, 4, 1, 0, tzinfo=UTC),
    ai=True,
    model="tuned",
    task="news.brief",
    produce_id="d7-3",
    reviewed_by=("李四", "王五"),
    revision=3,
    state="published",
)
ENGLISH = Document("Exports rise", "One paragraph.\n\nAnother.", "en", "Ann", ai=True, state="published")
LABEL, REVIEW = "本文含人工智能生成内容", "审核：李四、王五（第 3 稿）"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEMA = Path(__file__).parent / "ninjs-schema_2.2.json"


def made(format: Any, document: Document = DOCUMENT, **chosen: Any) -> File:
    return export(document, format, producer="001191110102", **{"zone": SHANGHAI, **chosen})


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_bears_both_labels(format: str) -> None:
    file = made(format)
    found = read_label(file.content)
    assert (found.visible, found.problems) == (True, [])
    assert found.aigc is not None
    assert found.aigc["ProduceID"] == found.aigc["PropagateID"] == file.produce_id == "d7-3"
    assert found.aigc["ContentProducer"] == found.aigc["ContentPropagator"] == "001191110102"


@pytest.mark.parametrize("format", FORMATS)
def test_a_text_without_a_models_part_bears_none(format: str) -> None:
    file = made(format, Document("标题", "正文", state="published"))
    found = read_label(file.content)
    assert (file.produce_id, found.aigc, found.visible) == (None, None, False)
    assert b"AIGC" not in file.content


@pytest.mark.parametrize("format", FORMATS)
def test_a_text_that_is_not_cleared_says_so(format: str) -> None:
    file = made(format, Document("标题", "正文", ai=True, state="review"))
    if format == "docx":
        said = "\n".join(p.text for p in docx.Document(io.BytesIO(file.content)).paragraphs)
    elif format == "pdf":
        said = PdfReader(io.BytesIO(file.content)).pages[0].extract_text()
    else:
        said = file.content.decode()
    assert "内部稿件，尚未签发（编辑审核中）" in said.replace("\\", "")
    assert "内部稿件" not in made("html").content.decode()


@pytest.mark.parametrize("format", FORMATS)
def test_a_house_chooses_its_wording_and_a_new_number_is_made(format: str) -> None:
    wording = Wording(zh="AI生成，已审", en="AI-generated, reviewed")
    file = made(format, Document("标题", "正文", ai=True), wording=wording)
    assert file.produce_id is not None
    assert re.fullmatch(r"[0-9a-f]{32}", file.produce_id)
    assert read_label(file.content).visible is True


def test_a_producer_that_is_no_value_of_a_label_is_refused() -> None:
    with pytest.raises(Unlabelled, match="ContentProducer"):
        export(DOCUMENT, "html", producer="")


def test_docx_is_set_as_chinese_offices_set_it() -> None:
    word = docx.Document(io.BytesIO(made("docx").content))
    said = [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs]  # type: ignore[union-attr]
    assert said == [
        ("Title", TITLE),
        ("Subtitle", "张三　来源：新华社　2026年5月4日 09:00"),
        ("AI Label", LABEL),
        ("Body Text", "今年前五个月，全市出口 1.5 亿元，同比增长 20%。"),
        ("Heading 2", "企业怎么说"),
        ("Body Text", "“订单排到了年底。”Müller 说。"),
        ("List Bullet", "电池"),
        ("List Bullet", "整车"),
        ("Quote", "数据不说谎。"),
        ("Body Text", "最后一段。"),
        ("Caption", REVIEW),
    ]
    fonts = {name: word.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Normal", "Title")}
    assert fonts == {"Normal": "宋体", "Title": "黑体"}
    assert word.styles["Body Text"].element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    assert [run.text for run in word.paragraphs[3].runs if run.bold] == ["20%"]
    core = word.core_properties
    assert (core.title, core.author, core.revision, core.language) == (TITLE, "张三", 3, "zh-Hans")


def test_docx_in_english_and_arabic() -> None:
    english = docx.Document(io.BytesIO(made("docx", ENGLISH).content))
    assert [p.text for p in english.paragraphs][1:3] == ["By Ann", "This text contains AI-generated content"]
    assert english.styles["Body Text"].element.pPr.find(qn("w:ind")) is None
    arabic = docx.Document(io.BytesIO(made("docx", Document("عنوان", "نص.", "ar")).content))
    assert all(p._p.pPr.find(qn("w:bidi")) is not None for p in arabic.paragraphs)


def test_html_is_semantic_and_loads_nothing() -> None:
    page = html.document_fromstring(made("html").content)
    assert page.get("lang") == "zh-Hans"
    assert page.findtext("head/title") == TITLE
    assert page.xpath("//article/header/h1")[0].text == TITLE
    assert page.xpath("//p[@class='label']/text()") == [LABEL]
    assert page.xpath("//time/@datetime") == ["2026-05-04T09:00:00+08:00"]
    assert [item.text for item in page.xpath("//ul/li")] == ["电池", "整车"]
    assert page.xpath("//strong/text()") == ["20%"]
    assert page.xpath("//footer/p/text()") == [REVIEW]
    article = json.loads(page.xpath("//script[@type='application/ld+json']/text()")[0])
    assert (article["@type"], article["headline"], article["author"]["name"]) == (
        "NewsArticle",
        TITLE,
        "张三",
    )
    assert [each["name"] for each in article["editor"]] == ["李四", "王五"]
    assert not page.xpath("//@src | //@href | //link")


def test_wechat_has_styles_on_its_elements_alone() -> None:
    page = html.document_fromstring(made("wechat").content)
    body = page.find("body")
    allowed = {"section", "p", "strong", "br"}
    assert {node.tag for node in body.iterdescendants()} <= allowed
    assert {name for node in body.iter() for name in node.attrib} == {"style"}
    assert all(node.get("style") for node in body.iterdescendants() if node.tag != "br")
    said = [node.text_content() for node in body.iter("p")]
    assert said[:2] == ["张三　来源：新华社　2026年5月4日 09:00", LABEL]
    assert said[-1] == REVIEW
    assert TITLE not in body.text_content()  # the editor has a field of its own for it


def test_markdown_reads_as_the_text_was_written() -> None:
    text = made("markdown").content.decode()
    _, front, body = text.split("---\n", 2)
    found = yaml.safe_load(front)
    assert (found["title"], found["author"], found["origin"]) == (
        TITLE,
        "张三",
        "人工智能：tuned, news.brief",
    )
    page = html.fromstring(MarkdownIt("commonmark").render(body))
    assert page.findtext("h1") == TITLE
    assert page.findtext("h2") == "企业怎么说"
    assert [item.text_content() for item in page.iter("li")] == ["电池", "整车"]
    assert page.xpath("//strong/text()") == ["20%"]
    assert page.xpath("//em/text()") == [LABEL, REVIEW]


def test_ninjs_is_valid_and_withheld_until_published() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    item = json.loads(made("ninjs").content)
    assert list(validator.iter_errors(item)) == []
    assert list(validator.iter_errors({**item, "made_up": 1}))  # the schema does refuse
    assert (item["pubstatus"], item["by"], item["language"], item["version"]) == (
        "usable",
        "张三",
        "zh-Hans",
        "3",
    )
    assert item["digitalsourcetype"]["uri"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert item["bodies"][1]["value"].startswith(LABEL)
    assert "tuned, news.brief" in item["ednote"]
    bare = json.loads(made("ninjs", Document("标题", "正文")).content)
    assert list(validator.iter_errors(bare)) == []
    assert (bare["pubstatus"], "digitalsourcetype" in bare) == ("withheld", False)


def test_pdf_can_be_read_and_searched() -> None:
    reader = PdfReader(io.BytesIO(made("pdf").content))
    text = reader.pages[0].extract_text()
    for said in (TITLE, "来源：新华社", LABEL, "出口 1.5 亿元", "Müller 说", "电池", REVIEW):
        assert said in text
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (TITLE, "张三")
    long = Document("长文", "甲乙丙丁。" * 3000, state="published")
    pages = PdfReader(io.BytesIO(made("pdf", long).content)).pages
    assert len(pages) > 5
    lines = [line for page in pages for line in page.extract_text().split("\n")]
    # No line begins with the full stop: Chinese forbids it.
    assert not [line for line in lines if line.strip().startswith("。")]
    assert "".join(lines).count("甲乙丙丁") >= 2900


def test_pdf_refuses_what_its_fonts_lack() -> None:
    with pytest.raises(CannotExport, match="fonts lack 𬭊"):
        made("pdf", Document("𬭊", "正文"))
    for language in ("ar", "hi"):
        with pytest.raises(CannotExport, match="export DOCX"):
            made("pdf", Document("x", "y", language))  # type: ignore[arg-type]
    assert made("pdf", ENGLISH).content.startswith(b"%PDF-")


def test_file_names_are_safe_and_readable() -> None:
    assert made("docx").name == "“新能源”出口增长两成 GPT & 数据.docx"
    assert made("html", Document("", "x")).name == "无标题.html"
    assert made("html", Document("../../etc/passwd\x00\u202e", "x")).name == "etc passwd.html"
    name = made("docx", Document("长" * 500, "x")).name
    assert len(name.encode()) < 200
    header = made("docx").disposition
    assert header.isascii()
    assert "\n" not in header
    assert "filename*=UTF-8''%E2%80%9C" in header


def test_paragraphs_lines_and_marks() -> None:
    def kinds(body: str) -> list[tuple[str, str]]:
        return [(block.kind, block.text) for block in blocks(body)]

    assert kinds("一\n二") == [("paragraph", "一"), ("paragraph", "二")]
    assert kinds("一\n二\n\n三") == [("paragraph", "一\n二"), ("paragraph", "三")]
    assert kinds("　　一\n　\n　　二") == [("paragraph", "一"), ("paragraph", "二")]
    assert kinds("## 标\n正文\n- 甲") == [("heading", "标"), ("paragraph", "正文"), ("item", "甲")]
    assert kinds("##无空格\n## ") == [("paragraph", "##无空格"), ("paragraph", "##")]
    assert kinds("") == []
    assert kinds("2 ** 3 ** 4") == [("paragraph", "2 ** 3 ** 4")]


class Tags(HTMLParser):
    """The elements that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</script><img src=x onerror=alert(1)>",
            '"><svg onload=alert(1)>',
            "' onmouseover='x",
            "<!--",
            "]]>",
            "&lt;b&gt;",
            "[a](javascript:alert(1))",
            "![x](http://x)",
            "<http://x>",
            "# x\n\n    code\n\n```\n",
            "\x00\ud800\ufffe",
        ]
    ),
)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=120)
def test_no_text_becomes_markup(title: str, body: str, name: str) -> None:
    document = Document(
        title, body, byline=name, source=name, reviewed_by=(name,), ai=True, state="published"
    )
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "script",
        "body",
        "article",
        "header",
        "h1",
        "h2",
        "h3",
    }
    allowed |= {"p", "time", "div", "ul", "li", "blockquote", "strong", "br", "footer", "section"}
    for format in ("html", "wechat"):
        page = Tags(made(format, document).content.decode())
        assert {tag for tag, _ in page.seen} <= allowed
        assert [tag for tag, _ in page.seen].count("script") == (1 if format == "html" else 0)
        assert not [each for _, names in page.seen for each in names if each.startswith("on")]
    json.loads(made("ninjs", document).content)
    text = made("markdown", document).content.decode()
    rendered = Tags(MarkdownIt("commonmark").render(text.split("---\n", 2)[2]))
    assert {tag for tag, _ in rendered.seen} <= {
        "h1",
        "h2",
        "h3",
        "p",
        "em",
        "strong",
        "br",
        "ul",
        "li",
        "blockquote",
    }


@given(HOSTILE, HOSTILE)
@settings(max_examples=25)
def test_word_opens_any_text(title: str, body: str) -> None:
    word = docx.Document(io.BytesIO(made("docx", Document(title, body, ai=True)).content))
    said = "".join(paragraph.text for paragraph in word.paragraphs)
    wanted = "".join(
        block.text
        for block in blocks(
            re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "", body)
        )
    )
    assert _bare(wanted) in _bare(said)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
