"""Pages whose life is in the browser: one component each, built of render functions and the kit that they share.

    class Desk(Script, component="../desk/desk.js", esm=KIT | {"caibian-desk": "../desk/lib"}): ...

Paths are relative to the module of the class, which stands in `pages/`.
"""

from __future__ import annotations

from typing import Any

from nicegui.element import Element
from pydantic import BaseModel

from caibian.workbench.visit import Visit

KIT = {"caibian-kit": "../kit/lib"}
"""What is imported as "caibian-kit"; see `kit/lib/index.js`."""


class Script(Element):
    """A component and what every one of them is told: who reads, in which language, and the words of its section.

    In the browser they are the props `user`, `role`, `language`, `words`, `kit` and whatever `given` names.
    """

    def __init__(self, visit: Visit, section: str, **given: Any) -> None:
        assert visit.visitor is not None
        super().__init__()
        me = visit.visitor.me
        self._props["user"], self._props["role"] = me.name, me.role
        self._props["language"] = visit.words.language
        self._props["words"] = visit.words.section(section)
        self._props["kit"] = visit.words.section("kit")
        for name, value in given.items():
            self._props[name] = _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
