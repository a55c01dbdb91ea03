"""Damaged, protected and hostile files: refused with a reason, never a crash, never more memory than the limit."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject

from caibian.publishing import Unlabelled, add_label, read_label
from caibian.publishing.labels import html
from tests.publishing.files import LABEL, UNLABELLED, jpeg, pdf, png, word


@pytest.mark.parametrize("kind", ["png", "jpeg", "docx", "pdf"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.999])
def test_a_truncated_file_is_refused_or_read_but_never_crashes(kind: str, share: float) -> None:
    labelled = add_label(UNLABELLED[kind], LABEL)
    cut = labelled[: int(len(labelled) * share)]
    try:
        problems = read_label(cut).problems
    except Unlabelled as error:
        problems = [str(error)]
    # A picture's scan may be cut: the label is read, and the loss is told.
    assert problems


@pytest.mark.parametrize("kind", ["png", "jpeg", "docx", "pdf", "html", "markdown", "ninjs"])
def test_flipped_bytes_never_crash(kind: str) -> None:
    labelled = add_label(UNLABELLED[kind], LABEL)
    dice = random.Random(1)
    for _ in range(40):
        damaged = bytearray(labelled)
        for _ in range(dice.choice((1, 5, 50))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with suppress(Unlabelled):
            read_label(bytes(damaged))
        with suppress(Unlabelled):
            add_label(bytes(damaged), LABEL)


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"PK\x03\x04",
            b"%PDF-1.7\n",
            b"<html>",
            b"---\nAIGC:",
            b"{",
            b"",
        ]
    ),
)
@settings(max_examples=300)
def test_no_bytes_crash_the_verifier(rest: bytes, start: bytes) -> None:
    with suppress(Unlabelled):
        read_label(start + rest)


def test_unknown_and_empty_files_are_named_as_such() -> None:
    for data in (b"", b"  \n", b"\x00\x01\x02", b"GIF89a" + bytes(20), bytes(range(128, 256))):
        with pytest.raises(Unlabelled, match=r"empty|no format"):
            read_label(data)


def test_an_encrypted_pdf_is_refused_with_the_remedy() -> None:
    for password in ("secret", ""):
        for act in (read_label, lambda data: add_label(data, LABEL)):
            with pytest.raises(Unlabelled, match="encrypted; remove its protection"):
                act(pdf(password=password))


def test_a_signed_pdf_is_not_labelled_over() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    form = DictionaryObject({NameObject("/SigFlags"): NumberObject(3)})
    writer.root_object[NameObject("/AcroForm")] = form
    written = io.BytesIO()
    writer.write(written)
    with pytest.raises(Unlabelled, match="signed; label it before"):
        add_label(written.getvalue(), LABEL)
    assert read_label(written.getvalue()).aigc is None


def test_a_zip_bomb_is_not_unpacked() -> None:
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word())) as good,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in good.namelist():
            bomb.writestr(name, good.read(name))
        bomb.writestr("word/media/zeros.bin", bytes(300 << 20))
    with pytest.raises(Unlabelled, match="unpacks to more than 256 MB"):
        read_label(written.getvalue())
    # The same, with a directory that says one byte.
    lying = written.getvalue()
    size = struct.pack("<I", 300 << 20)
    with pytest.raises(Unlabelled, match="damaged"):
        add_label(lying.replace(size, struct.pack("<I", 1)), LABEL)


def test_other_zip_files_are_no_documents() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Unlabelled, match="no Word document"):
        read_label(written.getvalue())


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'
    with pytest.raises(Unlabelled, match="entities"):
        read_label(jpeg(xmp=bomb))
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as good, zipfile.ZipFile(written, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, bomb if name == "word/document.xml" else good.read(name))
    with pytest.raises(Unlabelled, match="entities"):
        read_label(written.getvalue())
    aliases = b"---\na: &a [x, x]\nb: [*a, *a]\n---\n\ntext\n"
    with pytest.raises(Unlabelled, match="aliases"):
        add_label(aliases, LABEL)


def test_a_text_chunk_that_unpacks_without_end_is_refused() -> None:
    packed = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(64 << 20))
    chunk = (
        struct.pack(">I", len(packed)) + b"iTXt" + packed + struct.pack(">I", zlib.crc32(b"iTXt" + packed))
    )
    plain = png()
    with pytest.raises(Unlabelled, match="unpacks to more than"):
        read_label(plain[:33] + chunk + plain[33:])


def test_broken_xmp_is_not_thrown_away() -> None:
    with pytest.raises(Unlabelled, match="not well-formed"):
        add_label(jpeg(xmp=b"<x:xmpmeta"), LABEL)


def test_a_jpeg_whose_xmp_has_no_room_is_refused() -> None:
    filler = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!--" + b"x" * 65_000 + b"--></x:xmpmeta>"
    with pytest.raises(Unlabelled, match="no room"):
        add_label(jpeg(xmp=filler), LABEL)


def test_markup_that_nests_deeply_is_read_in_little_time() -> None:
    found = read_label(b"<html><body>" + b"<div>" * 20_000 + b"x")
    assert found.aigc is None


def test_a_page_of_comments_alone_is_told_from_html_at_once() -> None:
    began = time.perf_counter()
    assert not read_label(
        b"<!---->" * 500 + b"x"
    ).aigc  # tried in every way this would take longer than the universe has
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize("piece", [b"<!", b"<a b='", b"</", b"<![CDATA["])
def test_a_page_of_broken_tags_is_given_up_in_time(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_PATIENCE", 0.2)
    began = time.perf_counter()
    with pytest.raises(Unlabelled, match="too long"):
        read_label(b"<html>" + piece * 100_000)
    assert time.perf_counter() - began < 3.0


def test_a_page_of_very_many_labels_is_read_in_time() -> None:
    began = time.perf_counter()
    assert "labels that differ" in " ".join(
        read_label(
            b"<html><head>" + b"".join(b"<meta name=AIGC content=%d>" % n for n in range(20_000))
        ).problems
    )
    assert time.perf_counter() - began < 4.0
