"""The states of a draft, the steps between them, and who may do what. The one place that decides it.

draft --submit--> review --approve--> final --approve--> approved --publish--> published
  ^                 |                   |                    |
  +-----return------+-------------------+--------------------+
"""

from __future__ import annotations

from typing import Literal

State = Literal["draft", "review", "final", "approved", "published"]
STATES: tuple[State, ...] = ("draft", "review", "final", "approved", "published")
Act = Literal["edit", "submit", "approve", "return", "publish", "comment", "export"]
ACTS: tuple[Act, ...] = ("edit", "submit", "approve", "return", "publish", "comment", "export")

EDITORS = ("editor", "chief_editor", "admin")
CHIEFS = ("chief_editor", "admin")

STEPS: dict[tuple[State, Act], State] = {
    ("draft", "submit"): "review",
    ("review", "approve"): "final",
    ("final", "approve"): "approved",
    ("review", "return"): "draft",
    ("final", "return"): "draft",
    ("approved", "return"): "draft",  # an error that is found at the last moment
    ("approved", "publish"): "published",
}
"""Where a step leads from a state; all others there are not."""

_ROLES: dict[State, tuple[str, ...]] = {
    "review": EDITORS,
    "final": CHIEFS,
    "approved": CHIEFS,
}
"""Who has a draft in hand that its author has given away."""


def sees(own: bool, role: str) -> bool:
    """Whether a draft is shown to somebody: its author, and all editors."""
    return own or role in EDITORS


def fits(state: State, act: Act) -> bool:
    """Whether a draft in this state can be given this treatment, by anybody."""
    if act in ("comment", "export"):
        return True
    if act == "edit":
        return state in ("draft", "review", "final")
    return (state, act) in STEPS


def forbids(state: State, act: Act, own: bool, role: str) -> str | None:
    """Why somebody who sees a draft may not do what fits its state; None where they may."""
    if act in ("comment", "export"):
        return None
    if state == "draft":  # edit, submit
        return None if own else "only its author changes and submits a draft"
    if role not in _ROLES.get(state, ()):
        return f"a draft in the state {state!r} is in the hands of {' or '.join(_ROLES[state])}"
    if act in ("approve", "return") and own and role != "admin":
        return "nobody decides on a draft of their own"
    return None


def may(state: State, own: bool, role: str) -> list[Act]:
    """What somebody who sees a draft may do with it now."""
    return [act for act in ACTS if fits(state, act) and forbids(state, act, own, role) is None]
