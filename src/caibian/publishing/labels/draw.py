"""The explicit label on a picture: words in its lower right corner, as high as GB 45438-2025 (5.3) asks.

The pixels are encoded anew; all metadata of the file stays.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

from caibian.errors import MissingExtra
from caibian.publishing.labels import jpeg, png
from caibian.publishing.labels.aigc import Unlabelled

try:
    from PIL import Image, ImageDraw, ImageFont, ImageOps
except ImportError as error:
    raise MissingExtra(error.name or "pillow", "serve") from error

CHINESE, ENGLISH = "AI生成", "AI-generated"
HEIGHT = 0.05  # of the shorter side: the least that the standard allows for a label on a picture
_LEAST_SIDE = 100  # pixels; below it no letter is legible at this height
_MOST_PIXELS = 120_000_000  # unpacked: half a gigabyte
_JPEG_QUALITY = 95  # what is lost by encoding once more is not seen
# Files of these names are looked for where the system keeps its fonts.
_CHINESE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "msyh.ttc",
    "simhei.ttf",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
)


def draw_label(data: bytes, text: str | None = None, font: Path | None = None) -> bytes:
    """A PNG or JPEG file with visible words on it.

    Args:
        text: by default Chinese where a font for it is found, else English.
        font: a TrueType or OpenType file.
    Raises:
        Unlabelled: neither PNG nor JPEG, too small, too large, damaged, or there is no font for the words.
    """
    if not data.startswith((png.SIGNATURE, jpeg.SIGNATURE)):
        raise Unlabelled("words are drawn on PNG and JPEG alone")
    picture = _opened(data)
    shorter = min(picture.size)
    if shorter < _LEAST_SIDE:
        raise Unlabelled(f"the picture is smaller than {_LEAST_SIDE} pixels, too small for legible words")
    chosen, face = _face(text, font, round(shorter * HEIGHT) + 1)
    # Drawn as it is seen, then turned back to how it is stored, since EXIF goes on telling how to turn it.
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    seen = ImageOps.exif_transpose(picture) if turn is not None else picture
    drawn = _drawn(seen, chosen, face, shorter)
    return _encoded(data, drawn.transpose(turn) if turn is not None else drawn, picture)


_Ink = int | tuple[int, ...]
_INKS: dict[str, tuple[_Ink, _Ink]] = {
    "L": (255, 0),
    "CMYK": ((0, 0, 0, 0), (0, 0, 0, 255)),
    "RGBA": ((255, 255, 255, 255), (0, 0, 0, 255)),
}
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _opened(data: bytes) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", Image.DecompressionBombWarning
            )  # our own limit is below its error
            picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
            if picture.width * picture.height > _MOST_PIXELS:
                raise Unlabelled(f"the picture has more than {_MOST_PIXELS // 10**6} million pixels")
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unlabelled("the picture is damaged or was not copied whole") from error
    return picture


def _face(text: str | None, font: Path | None, height: int) -> tuple[str, Any]:
    """Words, and a font in which a capital letter is `height` pixels high."""
    if font is not None:
        try:
            return text or CHINESE, _sized(lambda size: ImageFont.truetype(str(font), size), height)
        except OSError as error:
            raise Unlabelled(f"{font}: not a font file") from error
    if text is None or not text.isascii():
        for file in _CHINESE_FONTS:
            try:
                return text or CHINESE, _sized(lambda size, file=file: ImageFont.truetype(file, size), height)
            except OSError:
                continue
        if text is not None:
            raise Unlabelled("no font for these words is installed; name one with --font")
    return text or ENGLISH, _sized(ImageFont.load_default, height)


def _sized(load: Any, height: int) -> Any:
    top, bottom = load(100).getbbox("A")[1::2]
    return load(round(height * 100 / (bottom - top)) + 1)


def _drawn(picture: Any, text: str, face: Any, shorter: int) -> Any:
    """Light words with a dark edge, legible on any ground."""
    canvas = picture if picture.mode in ("RGB", "RGBA", "L", "CMYK") else picture.convert("RGBA")
    canvas = canvas.copy()
    light, dark = _INKS.get(canvas.mode, ((255, 255, 255), (0, 0, 0)))
    margin = round(shorter * HEIGHT / 2)
    edge = max(1, round(shorter * HEIGHT / 12))
    pen = ImageDraw.Draw(canvas)
    left, _, right, _ = pen.textbbox((0, 0), text, font=face, stroke_width=edge)
    if right - left + 2 * margin > canvas.width:
        raise Unlabelled("the picture is too narrow for these words; choose fewer")
    corner = (canvas.width - margin, canvas.height - margin)
    pen.text(corner, text, font=face, fill=light, stroke_width=edge, stroke_fill=dark, anchor="rd")
    return canvas


def _encoded(data: bytes, drawn: Any, picture: Any) -> bytes:
    written = io.BytesIO()
    if data.startswith(png.SIGNATURE):
        drawn.save(written, "PNG")
        return png.with_pixels_of(data, written.getvalue())
    drawn.save(
        written,
        "JPEG",
        quality=_JPEG_QUALITY,
        progressive="progressive" in picture.info,
        optimize=True,
    )
    return jpeg.with_pixels_of(data, written.getvalue())
