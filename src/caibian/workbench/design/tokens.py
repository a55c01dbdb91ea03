"""The one place of colours, spaces and type. Style sheets name these and no values of their own.

Warm paper and ink, the red of an editor's pen for the seal and for what is struck out, blue ink for what can be
done. Each colour stands for its use, with its value on light and on dark ground.
"""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {  # use -> (light, dark)
    "ground": ("#f6f4ef", "#141619"),
    "surface": ("#ffffff", "#1d2024"),
    "raised": ("#faf8f4", "#262a2f"),
    "sunken": ("#eeebe4", "#17191c"),
    "ink": ("#1f1d1a", "#eceae5"),
    "ink-soft": ("#5b564f", "#aeaaa2"),
    "line": ("#dfdad0", "#363b41"),
    "line-strong": ("#8c857a", "#7d838a"),
    "act": ("#1c4f7c", "#92bfe8"),
    "act-over": ("#143d61", "#b3d4f2"),
    "on-act": ("#ffffff", "#0f1c28"),
    "act-tint": ("#e4edf5", "#22303d"),
    "seal": ("#a5301f", "#bd4433"),
    "on-seal": ("#ffffff", "#ffffff"),
    "mark": ("#9c2a1b", "#f2a093"),
    "mark-tint": ("#f9e6e2", "#3d2421"),
    "good": ("#23663f", "#86cfa0"),
    "good-tint": ("#e2f1e7", "#1d3126"),
    "warn": ("#7c4f00", "#e6bd6b"),
    "warn-tint": ("#fbf0d9", "#352b17"),
    "focus": ("#1765ad", "#9ccbff"),
}

MUST_CONTRAST: tuple[tuple[str, str, float], ...] = tuple(
    (text, ground, 4.5)  # WCAG 2.2, success criterion 1.4.3, level AA
    for grounds, texts in (
        (("ground", "surface", "raised", "sunken"), ("ink", "ink-soft", "act", "mark", "good", "warn")),
        (("act-tint",), ("act", "ink", "ink-soft")),
        (("mark-tint",), ("mark", "ink")),
        (("good-tint",), ("good", "ink")),
        (("warn-tint",), ("warn", "ink", "act")),
        (("act", "act-over"), ("on-act",)),
        (("seal",), ("on-seal",)),
    )
    for ground in grounds
    for text in texts
) + tuple(
    (line, ground, 3.0)  # criterion 1.4.11: edges of controls and the focus ring
    for ground in ("ground", "surface", "raised")
    for line in ("line-strong", "focus")
)

# The reader's own fonts: text is there with the page. (NiceGUI brings Roboto; named here, all text would wait for it.)
_SANS = (
    '-apple-system, "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
)
_NUMBERS = 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace'

SCALES: dict[str, str] = {
    # A step is 4 px; the names count steps.
    **{f"space-{n}": f"{n * 4 / 16:g}rem" for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)},
    "radius": "8px",
    "radius-small": "5px",
    "font": _SANS,
    "font-mono": _NUMBERS,
    "text-small": "0.8125rem",
    "text": "0.9375rem",
    "text-read": "1.0625rem",
    "text-head": "1.25rem",
    "text-title": "1.625rem",
    # Chinese characters fill their square: lines need more air than Latin ones, and fewer of them make a line.
    "leading": "1.6",
    "leading-read": "1.85",
    "measure": "42em",
    "target": "2.75rem",  # 44 px: what a thumb hits
    "shadow": "0 8px 28px rgb(0 0 0 / .18)",
    "quick": "140ms",
}


def variables() -> str:
    """The tokens as custom properties; without a choice of the reader's the system's scheme decides."""
    scales = "".join(f"--{name}:{value};" for name, value in SCALES.items())
    light, dark = ("".join(f"--{k}:{v[i]};" for k, v in COLOURS.items()) for i in (0, 1))
    return (
        f":root{{{scales}{light}color-scheme:light}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}color-scheme:dark}}}}\n'
        f':root[data-theme="dark"]{{{dark}color-scheme:dark}}\n'
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
