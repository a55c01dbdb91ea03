"""Documents of every format become blocks in reading order; what cannot be read says why and what helps."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from pathlib import Path

import psutil
import pytest

from caibian.errors import InputError
from caibian.instructions.selfinstruct.documents import Block, find_documents, read_document
from caibian.instructions.selfinstruct.documents import docx as docx_reader
from tests.instructions.selfinstruct.files import encrypt_pdf, paragraph, write_docx, write_pdf

LONG = "记者到达现场以后先向指挥部登记，再按照划定的范围采访，不进入警戒线，"  # as wide as the page


def read(path: Path) -> list[Block]:
    return list(read_document(path, Counter()))


def texts(path: Path) -> list[str]:
    return [block.text for block in read(path)]


def test_lines_that_the_margin_of_a_pdf_broke_are_joined_and_paragraphs_stay_apart(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[LONG, "也不妨碍救援。", "照片另行送审。"]])
    assert texts(path) == [LONG + "也不妨碍救援。", "照片另行送审。"]


def test_a_paragraph_goes_on_over_the_page_and_keeps_the_page_on_which_it_begins(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [["开头。", LONG], ["也不妨碍救援。", "下一段。"]])
    assert [(b.text, b.page) for b in read(path)] == [
        ("开头。", 1),
        (LONG + "也不妨碍救援。", 1),
        ("下一段。", 2),
    ]


def test_english_lines_are_joined_with_a_space(tmp_path: Path) -> None:
    lines = ["The duty editor enters every complaint in the log within one", "hour and tells the reporter."]
    assert texts(write_pdf(tmp_path / "a.pdf", [lines])) == [" ".join(lines)]


def test_running_headers_and_page_numbers_are_left_out_and_counted(tmp_path: Path) -> None:
    pages = [["采编手册", f"第{k}条要求是先核实。", LONG, f"要求{k}。", f"— {k} —"] for k in range(1, 8)]
    counts: Counter[str] = Counter()
    blocks = list(read_document(write_pdf(tmp_path / "a.pdf", pages), counts))
    text = "".join(block.text for block in blocks)
    assert "采编手册" not in text
    assert "—" not in text
    assert all(f"第{k}条要求是先核实。" in text and f"要求{k}。" in text for k in range(1, 8))
    assert counts["running_lines"] == 14


def test_bookmarks_and_numbered_lines_are_the_headings_of_a_pdf(tmp_path: Path) -> None:
    lines = [
        "总则与适用范围",
        "本社人员都要遵守。",
        "第一章 核实",
        "先核实后发稿。",
        "1.2 Two sources",
        "Always.",
    ]
    path = write_pdf(tmp_path / "a.pdf", [lines], titles=["总则与适用范围"])
    assert [(b.text, b.heading) for b in read(path) if b.heading] == [
        ("总则与适用范围", 1),
        ("第一章 核实", 1),
        ("1.2 Two sources", 2),
    ]


def test_radicals_that_fonts_put_for_characters_become_characters(tmp_path: Path) -> None:
    assert texts(write_pdf(tmp_path / "a.pdf", [["⼀篇⽂章要核实⽇期。"]])) == ["一篇文章要核实日期。"]


def test_spaces_that_loose_setting_leaves_between_characters_go(tmp_path: Path) -> None:
    lines = [
        "核 实 是 发 稿 的 前 提。",
        "先标注为 “ 待核 ” ，再用 Python 3 核对。",
        "They say “yes” or “no”.",
    ]
    assert texts(write_pdf(tmp_path / "a.pdf", [lines])) == [
        "核实是发稿的前提。",
        "先标注为“待核”，再用 Python 3 核对。",
        "They say “yes” or “no”.",
    ]


def test_a_pdf_with_a_password_is_refused_and_one_locked_against_printing_is_read(tmp_path: Path) -> None:
    plain = write_pdf(tmp_path / "a.pdf", [["先核实后发稿。"]])
    with pytest.raises(InputError, match=r"secret\.pdf: encrypted; save it without its password"):
        read(encrypt_pdf(plain, tmp_path / "secret.pdf", user="word"))
    assert texts(encrypt_pdf(plain, tmp_path / "locked.pdf", user="")) == ["先核实后发稿。"]


def test_a_scanned_pdf_says_that_ocr_helps(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"scan\.pdf: 5 of 5 pages hold no text.*OCR"):
        read(write_pdf(tmp_path / "scan.pdf", [[]] * 5, ballast=100))
    with pytest.raises(InputError, match="OCR"):  # page numbers and a stamp are no text
        read(write_pdf(tmp_path / "stamped.pdf", [["收文"], *[[]] * 9]))


def test_a_page_without_text_among_others_is_counted(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    path = write_pdf(tmp_path / "a.pdf", [[LONG, "先核实。"], [], [LONG, "再发稿。"]])
    list(read_document(path, counts))
    assert (counts["pages"], counts["empty_pages"], counts["broken_pages"]) == (3, 1, 0)


@pytest.mark.parametrize("damage", ["no pdf", "cut", "garbage"])
def test_a_broken_pdf_is_an_error_that_names_it(tmp_path: Path, damage: str) -> None:
    path = write_pdf(tmp_path / "broken.pdf", [["先核实后发稿。"]])
    whole = path.read_bytes()
    path.write_bytes({"no pdf": b"<html>", "cut": whole[:60], "garbage": bytes(range(256)) * 40}[damage])
    with pytest.raises(InputError, match=r"broken\.pdf: (not a readable PDF|a PDF without pages)"):
        read(path)


@pytest.mark.parametrize(
    "damage", [(b"/Font << /F1", b"/Font 7 /X <<<"), (b"/Length ", b"/Filter /Bogus /Length ")]
)
def test_a_page_that_cannot_be_read_costs_that_page_only(tmp_path: Path, damage: tuple[bytes, bytes]) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[LONG, f"要求之{name}。"] for name in "甲乙丙"])
    data = path.read_bytes()
    second = data.index(damage[0], data.index(damage[0]) + 1)
    path.write_bytes(data[:second] + data[second:].replace(*damage, 1))
    counts: Counter[str] = Counter()
    found = "".join(block.text for block in read_document(path, counts))
    assert ("要求之甲。" in found, "要求之乙。" in found, "要求之丙。" in found) == (True, False, True)
    assert "\ufffd" not in found
    assert counts["broken_pages"] == 1


def test_a_pdf_whose_fonts_tell_no_characters_says_so(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[LONG]])
    path.write_bytes(path.read_bytes().replace(b"/Font << /F1", b"/Font 7 /X <<<"))
    with pytest.raises(InputError, match=r"a\.pdf: the text of not one of its 1 pages can be read.*OCR"):
        read(path)


def test_a_pdf_of_a_thousand_pages_is_read_page_by_page_in_bounded_memory(tmp_path: Path) -> None:
    ballast = 60_000  # bytes of pictures a page: 60 MB in all, which must not gather
    path = write_pdf(tmp_path / "a.pdf", [[f"第{k}页的要求。"] for k in range(1000)], ballast=ballast)
    counts: Counter[str] = Counter()
    process = psutil.Process()
    blocks = read_document(path, counts)
    next(blocks)
    assert counts["pages"] <= 4  # a few pages ahead, to know running headers by
    before, number, most = process.memory_info().rss, 1, 0
    for _ in blocks:
        number += 1
        most = max(most, process.memory_info().rss - before)
    assert (number, counts["pages"]) == (1000, 1000)
    assert most < 25_000_000


def test_docx_keeps_the_order_of_headings_paragraphs_and_table_rows(tmp_path: Path) -> None:
    table = f"<w:tbl><w:tr><w:tc>{paragraph('时段')}</w:tc><w:tc>{paragraph('值班人')}</w:tc></w:tr></w:tbl>"
    styles = '<w:style w:styleId="7"><w:name w:val="heading 2"/></w:style>'
    split = "<w:p><w:r><w:t>先核</w:t></w:r><w:r><w:t>实，</w:t><w:br/><w:t>后发稿。</w:t></w:r></w:p>"
    outline = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>附则</w:t></w:r></w:p>'
    body = paragraph("核实", "7") + split + table + outline + paragraph("完。")
    blocks = read(write_docx(tmp_path / "a.docx", body, styles))
    assert [(b.text, b.heading) for b in blocks] == [
        ("核实", 2),
        ("先核实，\n后发稿。", 0),
        ("时段 | 值班人", 0),
        ("附则", 1),
        ("完。", 0),
    ]


def test_text_boxes_of_docx_come_once_and_deleted_text_not_at_all(tmp_path: Path) -> None:
    namespace = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = f"<w:txbxContent>{paragraph('框中的话。')}</w:txbxContent>"
    alternate = (
        f"<mc:AlternateContent {namespace}><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    deleted = "<w:del><w:r><w:delText>删去的话</w:delText></w:r></w:del>"
    path = write_docx(tmp_path / "a.docx", f"<w:p><w:r>{alternate}<w:t>外面的话。</w:t></w:r>{deleted}</w:p>")
    found = "".join(texts(path))
    assert found.count("框中的话。") == 1
    assert found.count("外面的话。") == 1
    assert "删去" not in found


def test_a_docx_bomb_is_refused_though_its_directory_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docx_reader, "MOST_UNPACKED", 2_000_000)
    bomb = write_docx(tmp_path / "bomb.docx", paragraph("大" * 3_000_000))
    assert bomb.stat().st_size < 30_000
    with pytest.raises(InputError, match=r"bomb\.docx: word/document\.xml unpacks to more than 1 MiB"):
        read(bomb)
    with zipfile.ZipFile(bomb) as archive:
        size = archive.getinfo("word/document.xml").file_size
    bomb.write_bytes(bomb.read_bytes().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(InputError, match=r"bomb\.docx: not a readable DOCX file"):
        read(bomb)


def test_entities_of_a_docx_cannot_explode(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    entities = "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12))
    document = (
        f'<!DOCTYPE w:document [<!ENTITY e0 "哈哈">{entities}]><w:document '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        f"{paragraph('先核实。')}{paragraph('&e11;')}</w:body></w:document>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", document)
    with pytest.raises(InputError, match="not a readable DOCX file"):
        read(path)


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0old", b"PK\x03\x04cut", b"text"])
def test_what_is_no_docx_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.docx: (an old \.doc file|not a readable DOCX)"):
        read(path)


def test_html_gives_headings_paragraphs_lists_and_rows_without_the_menu(tmp_path: Path) -> None:
    body = "记者采访突发事件要先登记，再按划定的范围采访。" * 8
    page = (
        f"<html><body><nav><a href='/'>首页</a></nav><article><h1>采编规程</h1><p>{body}</p><h2>核实</h2>"
        f"<ul><li>先核实伤亡数字</li><li>再核实姓名职务</li></ul><p>{body}</p></article></body></html>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    blocks = read(tmp_path / "a.html")
    assert [(b.text, b.heading) for b in blocks if b.heading] == [("采编规程", 1), ("核实", 2)]
    assert [b.text for b in blocks if not b.heading][:4] == [body, "先核实伤亡数字", "再核实姓名职务", body]
    (tmp_path / "empty.html").write_text("<html><body></body></html>", encoding="utf-8")
    with pytest.raises(InputError, match=r"empty\.html: no running text found"):
        read(tmp_path / "empty.html")


def test_markdown_is_read_as_a_reader_sees_it(tmp_path: Path) -> None:
    source = (
        "---\nid: 7\n---\n# 采编规程\n\n先**核实**，\n再发稿，见[附表](http://a.example/x)。\n\n- 甲项\n- 乙项\n  续行\n\n"
        "更正\n====\n\n| 时段 | 人 |\n|---|---|\n| 早 | 甲 |\n\n```\nx = 1\n```\n"
    )
    (tmp_path / "a.md").write_text(source, encoding="utf-8")
    assert [(b.text, b.heading) for b in read(tmp_path / "a.md")] == [
        ("采编规程", 1),
        ("先核实，再发稿，见附表。", 0),
        ("甲项", 0),
        ("乙项续行", 0),
        ("更正", 1),
        ("时段 | 人", 0),
        ("早 | 甲", 0),
        ("x = 1", 0),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_the_encodings_that_newsrooms_have(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("第一章 核实\n先核实，后发稿。\n\nTwo sources.\n".encode(encoding))
    assert [(b.text, b.heading) for b in read(tmp_path / "a.txt")] == [
        ("第一章 核实", 1),
        ("先核实，后发稿。", 0),
        ("Two sources.", 0),
    ]


def test_a_gb_page_that_declares_its_encoding_is_read(tmp_path: Path) -> None:
    body = "<p>" + "记者采访突发事件要先登记。" * 20 + "</p>"
    page = f"<html><head><meta charset='gb2312'></head><body><article>{body}</article></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode("gb18030"))
    assert texts(tmp_path / "a.html")[0].startswith("记者采访突发事件要先登记。")


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.html", "a.md", "a.txt"])
def test_an_empty_file_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=f"{name}: an empty file"):
        read(tmp_path / name)


def test_a_file_of_spaces_holds_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n\n \n")
    with pytest.raises(InputError, match=r"a\.txt: holds no text"):
        read(tmp_path / "a.txt")


def test_folders_give_all_their_documents_and_equal_names_are_told_apart(tmp_path: Path) -> None:
    for place in ("north/guide.md", "south/guide.md", "south/~$open.docx", "south/photo.jpg"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("先核实。", encoding="utf-8")
    assert list(find_documents([tmp_path])) == ["guide.md", "south/guide.md"]
    with pytest.raises(InputError, match=r"no known format; known are \.pdf, \.docx"):
        find_documents([tmp_path / "south/photo.jpg"])
    with pytest.raises(InputError, match=r"gone\.pdf: no such file"):
        find_documents([tmp_path / "gone.pdf"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no document in this folder"):
        find_documents([tmp_path / "empty"])


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".html"])
def test_damage_anywhere_in_a_file_is_read_over_or_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".pdf":
        write_pdf(path, [[LONG, "先核实后发稿。"]] * 3, titles=["总则"], ballast=50)
    elif suffix == ".docx":
        styles = '<w:style w:styleId="7"><w:name w:val="heading 2"/></w:style>'
        write_docx(path, paragraph("核实", "7") + paragraph(LONG), styles)
    else:
        path.write_text(f"<html><body><article><p>{LONG * 9}</p></article></body></html>", encoding="utf-8")
    whole = path.read_bytes()
    draw = random.Random(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 20)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged[: draw.randint(1, 2 * len(damaged))])
        try:
            list(read_document(path, Counter()))
        except InputError as error:
            refused += path.name in str(error)
    assert refused > 0
