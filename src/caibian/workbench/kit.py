"""The parts that pages are built of: plain HTML elements with the classes of the design system, and text as text."""

from __future__ import annotations

from collections.abc import Callable

from nicegui.elements.mixins.text_element import TextElement

from caibian.workbench.words import Words

_ICONS = {
    "sun": "M12 4V2M12 22v-2M4 12H2M22 12h-2M5.6 5.6L4.2 4.2M19.8 19.8l-1.4-1.4M5.6 18.4l-1.4 1.4M19.8 4.2l-1.4 1.4"
    "M12 7a5 5 0 1 0 0 10a5 5 0 0 0 0-10",
    "moon": "M20 14.5A8.5 8.5 0 1 1 9.5 4a6.8 6.8 0 0 0 10.5 10.5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "out": "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
}


class Tag(TextElement):
    """An HTML or SVG element. `for_` stands for `for`, `aria_label` for `aria-label`; None leaves an attribute out."""

    def __init__(self, name: str, text: str = "", classes: str = "", /, **attributes: object) -> None:
        super().__init__(tag=name, text=text)
        if not text:
            self._text = None  # an empty text node would be a child of its own
        if classes:
            self.classes(classes)
        for key, value in attributes.items():
            if value is not None and value is not False:
                self._props[key.rstrip("_").replace("_", "-")] = value


def icon(name: str) -> None:
    """A drawing that says nothing to a screen reader; the button around it has a label."""
    with Tag("svg", "", "icon", viewBox="0 0 24 24", aria_hidden="true"):
        Tag("path", d=_ICONS[name])


def link(text: str, address: str, classes: str = "button", **attributes: object) -> Tag:
    """A link that looks like a button, or with other classes like text."""
    return Tag("a", text, classes, href=address, **attributes)


def post(address: str, fields: dict[str, str], classes: str = "", **attributes: object) -> Tag:
    """A form that sends these fields; the caller puts its button inside."""
    with Tag("form", "", classes, method="post", action=address, **attributes) as form:
        for name, value in fields.items():
            Tag("input", type="hidden", name=name, value=value)
    return form


def progress(words: Words, *, ranked: int, skipped: int, assigned: int) -> None:
    """A bar of what is ranked, skipped and open, with its numbers beside it in words."""
    left = max(0, assigned - ranked - skipped)
    says = words("panels.bar", all=assigned, ranked=ranked, skipped=skipped, open=left)
    with Tag("div", "", "progress", role="img", aria_label=says):
        for name, count in (("ranked", ranked), ("skipped", skipped)):
            if count:
                Tag("span", "", f"progress-{name}").style(f"width: {100 * count / max(1, assigned):.2f}%")
    with Tag("p", "", "legend", aria_hidden="true"):
        for name, count in (("ranked", ranked), ("skipped", skipped), ("open", left)):
            with Tag("span", "", f"legend-{name}"):
                Tag("b", str(count))
                Tag("span", words(f"panels.{name}"))


def heads(*names: str | Callable[[], None], numeric: tuple[int, ...] = ()) -> None:
    """The head of a table; `numeric` columns stand to the right. A function draws its head itself."""
    with Tag("thead"), Tag("tr"):
        for column, name in enumerate(names):
            if callable(name):
                name()
            else:
                Tag("th", name, "number" if column in numeric else "", scope="col")
