"""The visible label: what counts as one, where it must stand, and how it is drawn on pictures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from caibian.publishing import Unlabelled, add_label, read_label
from caibian.publishing.labels.draw import draw_label
from caibian.publishing.labels.wording import names_ai
from tests.publishing.files import LABEL, jpeg, picture, png, word


@pytest.mark.parametrize(
    "said",
    [
        "本文含人工智能生成内容",
        "（本文由AI辅助生成）",
        "AI合成图片",
        "This text contains AI-generated content",
        "Generated with artificial intelligence",
    ],
)
def test_wordings_with_both_elements_count(said: str) -> None:
    assert names_ai(said)
    assert read_label(word("标题", said, "正文。" * 200)).visible is True
    assert read_label(word("标题", *["正文。" * 50] * 20, said)).visible is True


@pytest.mark.parametrize(
    "said", ["本文由机器生成", "人工智能写作", "Mail generated", "said by MAIL", "SAIL generator"]
)
def test_wordings_with_one_element_do_not(said: str) -> None:
    assert not names_ai(said)


def test_a_text_about_ai_is_not_a_labelled_text() -> None:
    story = "人工智能生成内容的标识办法自九月一日起施行，" + "各平台正在准备。" * 20
    assert read_label(word("标题", story)).visible is False
    middle = ["正文。" * 50] * 10
    assert read_label(word("标题", *middle, "本文含人工智能生成内容", *middle)).visible is False
    page = (
        "<html><body><h1>AI生成内容须标识</h1><p>正文</p><p hidden>本文含人工智能生成内容</p></body></html>"
    )
    assert read_label(page.encode()).visible is False


def test_words_are_drawn_in_the_corner_at_the_height_asked_for() -> None:
    given = png(picture(400, 300))
    drawn = Image.open(io.BytesIO(draw_label(given, "AI-generated")))
    changed = ImageChops.difference(drawn.convert("RGB"), picture(400, 300)).getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    assert (left > 200, top > 240, right <= 400, bottom <= 300) == (True,) * 4
    assert bottom - top >= 0.05 * 300
    assert drawn.text["Author"] == "摄影记者"  # type: ignore[attr-defined]
    assert drawn.info["dpi"] == Image.open(io.BytesIO(given)).info["dpi"]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_words_are_drawn_on_pngs_of_every_mode(mode: str) -> None:
    drawn = draw_label(png(picture(200, 200, mode)), "AI-generated")
    assert Image.open(io.BytesIO(drawn)).size == (200, 200)
    assert read_label(add_label(drawn, LABEL)).problems == []


@pytest.mark.parametrize("turn", range(1, 9))
def test_words_are_upright_as_the_picture_is_seen(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    plain = Image.new("RGB", (400, 300), "gray")
    given = jpeg(plain, exif=exif, quality=95)
    seen = ImageOps.exif_transpose(Image.open(io.BytesIO(draw_label(given, "AI-generated"))))
    lettering = seen.convert("L").point(lambda level: 255 if abs(level - 128) > 60 else 0).getbbox()
    assert lettering is not None
    left, top, right, bottom = lettering
    assert right - left > 3 * (bottom - top)
    assert (left + right > seen.width, top + bottom > seen.height) == (True, True)
    assert seen.getexif().get(0x0112, 1) == 1  # by transposing
    stored = Image.open(io.BytesIO(draw_label(given, "AI-generated")))
    assert stored.getexif()[0x0112] == turn
    assert stored.info["icc_profile"] == b"profile" * 40


def test_drawing_keeps_colour_of_print_and_progression() -> None:
    given = jpeg(picture(200, 200, "CMYK"), progressive=True)
    drawn = Image.open(io.BytesIO(draw_label(given, "AI-generated")))
    assert (drawn.mode, "progressive" in drawn.info) == ("CMYK", True)
    corner = drawn.convert("RGB").getpixel((10, 10))
    before = Image.open(io.BytesIO(given)).convert("RGB").getpixel((10, 10))
    assert all(abs(a - b) < 12 for a, b in zip(corner, before, strict=True))  # type: ignore[arg-type]


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unlabelled, match="smaller than 100"):
        draw_label(png(picture(1, 1)))
    with pytest.raises(Unlabelled, match="too narrow"):
        draw_label(png(picture(100, 400)), "AI-generated " * 9)
    with pytest.raises(Unlabelled, match="PNG and JPEG alone"):
        draw_label(word())
    with pytest.raises(Unlabelled, match="damaged"):
        draw_label(jpeg(picture(300, 300))[:400])
    with pytest.raises(Unlabelled, match="not a font"):
        draw_label(png(), font=tmp_path / "none.ttf")
