"""The implicit label in every format: put in, read back by our verifier and by independent readers."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import docx
import pytest
import yaml
from lxml import etree, html
from PIL import Image
from pypdf import PdfReader

from caibian.publishing import Label, Unlabelled, add_label, read_label
from caibian.publishing.labels import FIELDS, aigc
from tests.publishing.files import LABEL, OTHER, UNLABELLED, jpeg, picture, png

NAMESPACE = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"


def fields(text: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(text)
    assert list(found) == list(FIELDS)
    return found


@pytest.mark.parametrize("kind", UNLABELLED)
def test_a_label_is_read_back_as_it_was_given(kind: str) -> None:
    labelled = read_label(add_label(UNLABELLED[kind], LABEL))
    assert labelled.format == kind
    assert labelled.aigc is not None
    given = dataclasses.asdict(LABEL)
    assert {**labelled.aigc, "ReservedCode1": ""} == given
    assert labelled.aigc["ReservedCode1"].startswith("sha256:")
    assert not [problem for problem in labelled.problems if not problem.startswith("no visible label")]


@pytest.mark.parametrize("kind", UNLABELLED)
def test_a_second_label_replaces_the_first(kind: str) -> None:
    once = add_label(UNLABELLED[kind], LABEL)
    twice = add_label(once, OTHER)
    assert twice.count(b"draft-7-3") == 0
    found = read_label(twice)
    assert found.aigc is not None
    assert found.aigc["Label"] == "2"
    assert found.aigc["PropagateID"] == "draft-8-1"
    assert found.aigc["ContentPropagator"] == "platform-2"
    # Labels do not pile up: a third of the same size leaves the file as long as the second.
    assert abs(len(add_label(twice, OTHER)) - len(twice)) <= 8


@pytest.mark.parametrize("kind", UNLABELLED)
def test_an_unlabelled_file_is_said_to_have_none(kind: str) -> None:
    found = read_label(UNLABELLED[kind])
    assert (found.format, found.aigc) == (kind, None)
    assert any("no implicit label" in problem for problem in found.problems)


def test_content_that_was_changed_after_labelling_is_noticed() -> None:
    page = add_label(UNLABELLED["html"], LABEL)
    changed = page.replace("正文".encode(), "假文".encode())
    assert any("changed after" in problem for problem in read_label(changed).problems)
    other = UNLABELLED["markdown"].replace("正文".encode(), "假文".encode())
    label = add_label(UNLABELLED["markdown"], LABEL).split(b"AIGC:")[1].split(b"---")[0]
    moved = other.replace(b"---\n\n", b"AIGC:" + label + b"---\n\n")
    assert any("changed after" in problem for problem in read_label(moved).problems)


def test_another_producers_reserved_code_is_not_taken_for_a_digest() -> None:
    signed = dataclasses.replace(LABEL, ReservedCode1="3045022100f169d6c4c2e50d402a19ba8b9b81").json()
    text = f"---\nAIGC: {signed}\n---\n\n由人工智能生成\n".encode()
    assert read_label(text).problems == []


def test_png_keeps_pixels_chunks_and_their_order() -> None:
    given = UNLABELLED["png"]
    labelled = add_label(given, LABEL)
    before, after = Image.open(io.BytesIO(given)), Image.open(io.BytesIO(labelled))
    assert after.tobytes() == before.tobytes()
    assert after.text["Author"] == "摄影记者"  # type: ignore[attr-defined]
    assert after.info["dpi"] == before.info["dpi"]
    packet = after.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert fields(packet["AIGC"])["ProduceID"] == "draft-7-3"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png_of_one_pixel_in_every_mode(mode: str) -> None:
    tiny = Image.new(mode, (1, 1)) if mode != "RGB" else picture(1, 1)
    labelled = add_label(png(tiny), LABEL)
    assert Image.open(io.BytesIO(labelled)).mode == Image.open(io.BytesIO(png(tiny))).mode
    assert read_label(labelled).problems == []


@pytest.mark.parametrize(
    "chosen", [{}, {"progressive": True}, {"exif": b""}, {"icc_profile": None, "comment": b""}]
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_keeps_every_other_byte(mode: str, chosen: dict[str, object]) -> None:
    given = jpeg(picture(mode=mode), **chosen)
    labelled = add_label(given, LABEL)
    packet = labelled.find(b"\xff\xe1", 2)
    while not labelled[packet + 4 :].startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        packet = labelled.find(b"\xff\xe1", packet + 2)
    length = int.from_bytes(labelled[packet + 2 : packet + 4], "big")
    assert labelled[:packet] + labelled[packet + 2 + length :] == given
    seen = Image.open(io.BytesIO(labelled))
    seen.load()
    assert fields(seen.getxmp()["xmpmeta"]["RDF"]["Description"]["AIGC"])["Label"] == "1"


def test_jpeg_keeps_what_else_stands_in_its_xmp() -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>新华社</dc:source>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    labelled = add_label(jpeg(xmp=packet), LABEL)
    raw = Image.open(io.BytesIO(labelled)).info["xmp"]
    root = etree.fromstring(raw.strip())
    assert root.findtext(".//{http://purl.org/dc/elements/1.1/}source") == "新华社"
    assert len(root.findall(f".//{NAMESPACE}")) == 1


def test_labels_of_other_generators_are_read_and_replaced() -> None:
    wrapped = json.dumps({"AIGC": dataclasses.asdict(LABEL)})
    text = png(pnginfo=None)
    chunk = b"tEXt" + b"AIGC\0" + wrapped.encode()
    import struct
    import zlib

    written = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    foreign = text[:33] + written + text[33:]
    assert read_label(foreign).aigc == dataclasses.asdict(LABEL)
    assert read_label(add_label(foreign, OTHER)).aigc["ProduceID"] == "draft-8-1"  # type: ignore[index]
    # As an attribute, under a namespace without its slash.
    attribute = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description xmlns:T='http://www.tc260.org.cn/ns/AIGC/1.0' T:AIGC='{LABEL.json()}'/>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode()
    assert read_label(jpeg(xmp=attribute)).aigc == dataclasses.asdict(LABEL)
    assert read_label(add_label(jpeg(xmp=attribute), OTHER)).aigc["Label"] == "2"  # type: ignore[index]


def test_a_label_in_exif_is_read_and_not_labelled_over() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + json.dumps({"AIGC": dataclasses.asdict(LABEL)}).encode()
    given = jpeg(exif=exif)
    assert read_label(given).aigc == dataclasses.asdict(LABEL)
    with pytest.raises(Unlabelled, match="EXIF"):
        add_label(given, OTHER)


def test_two_labels_that_differ_are_a_problem() -> None:
    page = UNLABELLED["html"]
    metas = "".join(f"<meta name='aigc' content='{label.json()}'>" for label in (LABEL, OTHER)).encode()
    found = read_label(page.replace(b"</head>", metas + b"</head>"))
    assert found.aigc == dataclasses.asdict(LABEL)
    assert any("2 labels that differ" in problem for problem in found.problems)


def test_docx_holds_a_custom_property_that_word_and_python_docx_accept() -> None:
    labelled = add_label(UNLABELLED["docx"], LABEL)
    opened = docx.Document(io.BytesIO(labelled))
    assert [paragraph.text for paragraph in opened.paragraphs] == ["第一段。", "第二段。"]
    assert opened.core_properties.title == "周报"
    part = next(p for p in opened.part.package.iter_parts() if p.partname == "/docProps/custom.xml")
    assert part.content_type.endswith("custom-properties+xml")
    root = etree.fromstring(part.blob)
    (entry,) = root
    assert (entry.get("name"), entry.get("pid")) == ("AIGC", "2")
    assert fields(entry[0].text)["ContentProducer"] == LABEL.ContentProducer
    with (
        zipfile.ZipFile(io.BytesIO(labelled)) as after,
        zipfile.ZipFile(io.BytesIO(UNLABELLED["docx"])) as before,
    ):
        assert after.testzip() is None
        for name in set(before.namelist()) - {"_rels/.rels", "[Content_Types].xml"}:
            assert after.read(name) == before.read(name)


def test_docx_keeps_custom_properties_of_others() -> None:
    once = add_label(UNLABELLED["docx"], LABEL)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(once)) as package, zipfile.ZipFile(written, "w") as changed:
        for name in package.namelist():
            content = package.read(name)
            if name == "docProps/custom.xml":
                content = content.replace(b'name="AIGC"', b'name="Desk"')
            changed.writestr(name, content)
    labelled = add_label(written.getvalue(), OTHER)
    with zipfile.ZipFile(io.BytesIO(labelled)) as package:
        root = etree.fromstring(package.read("docProps/custom.xml"))
    assert [(node.get("name"), node.get("pid")) for node in root] == [("Desk", "2"), ("AIGC", "3")]


def test_pdf_holds_the_label_in_information_and_xmp() -> None:
    labelled = add_label(UNLABELLED["pdf"], LABEL)
    reader = PdfReader(io.BytesIO(labelled), strict=True)
    before = PdfReader(io.BytesIO(UNLABELLED["pdf"]))
    assert reader.metadata is not None
    assert before.metadata is not None
    assert fields(reader.metadata["/AIGC"])["ProduceID"] == "draft-7-3"
    assert reader.metadata["/Title"] == "Weekly"
    assert reader.metadata["/Producer"] == before.metadata["/Producer"]
    assert reader.xmp_metadata is not None
    (node,) = reader.xmp_metadata.rdf_root.getElementsByTagNameNS(NAMESPACE[1:].split("}")[0], "AIGC")
    assert node.firstChild.data == reader.metadata["/AIGC"]
    assert [page.extract_text() for page in reader.pages] == [page.extract_text() for page in before.pages]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "big5"])
def test_html_keeps_its_bytes_whatever_their_encoding(encoding: str) -> None:
    # 頁 is in all of these; two bytes of it look like other characters in most.
    given = UNLABELLED["html"].decode().replace("页", "頁").replace("utf-8", encoding).encode(encoding)
    producer = Label.first("新华社", "1")
    labelled = add_label(given, producer)
    start = labelled.index(b'<meta name="AIGC"')
    end = labelled.index(b">", start) + 1
    assert labelled[:start] + labelled[end:] == given
    document = html.fromstring(labelled[:start] + labelled[start:end] + b"</head>")
    (value,) = document.xpath("//meta[@name='AIGC']/@content")
    assert fields(value)["ContentProducer"] == "新华社"
    assert read_label(labelled).aigc["ContentProducer"] == "新华社"  # type: ignore[index]


@pytest.mark.parametrize(
    "page",
    [
        b"<!doctype html><p>Text</p>",
        b"<html><body>Text</body></html>",
        b"<!-- a comment --><html lang=en>\n<head>\n</head><body>Text</body></html>",
        b'<!DOCTYPE html>\n<html><head><script>var a = \'<meta name="AIGC" content="{}">\';</script></head>Text</html>',
        b"<!doctype html><title>Text</title><!-- <meta name='AIGC' content='x'> --><p>Text",
    ],
)
def test_html_of_any_shape_gets_one_label_in_its_head(page: bytes) -> None:
    labelled = add_label(page, LABEL)
    assert (
        labelled.replace(
            labelled[
                (at := labelled.index(b'<meta name="AIGC" content="{&quot;L')) : labelled.index(b">", at) + 1
            ],
            b"",
        )
        == page
    )
    (meta,) = html.document_fromstring(labelled).xpath("/html/head/meta[@name='AIGC']")
    assert fields(meta.get("content"))["ProduceID"] == "draft-7-3"
    assert read_label(labelled).aigc is not None


def test_markdown_keeps_other_front_matter() -> None:
    labelled = add_label(UNLABELLED["markdown"], LABEL).decode()
    _, front, body = labelled.split("---\n")
    found = yaml.safe_load(front)
    assert (found["title"], found["tags"]) == ("周报", ["a", "b"])
    assert list(found["AIGC"]) == list(FIELDS)
    assert body == "\n正文。\n"
    assert add_label(labelled.encode(), OTHER).decode().count("AIGC:") == 1


def test_text_without_front_matter_gets_one() -> None:
    labelled = add_label("# 标题\n\n正文\n".encode(), LABEL)
    assert labelled.startswith(b'---\nAIGC:\n  Label: "1"\n')
    assert labelled.decode().endswith("---\n\n# 标题\n\n正文\n")


def test_a_producer_is_asked_for_and_checked() -> None:
    with pytest.raises(Unlabelled, match="ContentProducer is empty"):
        Label.first(" ", "1")
    for wrong in ('a"b', "a\\b", "a b", "a\nb", "a\x00b"):
        with pytest.raises(Unlabelled, match="ProduceID"):
            Label.first("x", wrong)
    with pytest.raises(Unlabelled, match="more than"):
        Label.first("x" * 3000, "1")


def test_at_first_writing_the_propagator_is_the_producer() -> None:
    label = Label.first("code", "id")
    assert (label.ContentPropagator, label.PropagateID) == ("code", "id")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("[]", "none of the standard's fields"),
        ('{"Label": 1, "ContentProducer": "a", "ProduceID": "b"}', "Label: not a string"),
        ('{"Label": "9", "ContentProducer": "a", "ProduceID": "b"}', "Label: neither"),
        ('{"Label": "1", "Label": "2"}', "not JSON"),
        ('{"Label": "1", "ProduceID": "b"}', "ContentProducer: missing"),
        ('{"Label": "1", "ContentProducer": "新华社", "ProduceID": "b"}', "visible ASCII"),
        ('{"Label": "1", "ContentProducer": "a", "ProduceID": "b", "Mine": "c"}', "Mine: not a field"),
        ("[" * 100_000, "more than"),
        ("[" * 10_000, "not JSON"),
    ],
)
def test_what_is_wrong_with_a_label_is_said(text: str, problem: str) -> None:
    assert any(problem in each for each in aigc.read(text)[1])
