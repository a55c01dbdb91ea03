"""One's own account: a new password. Plain forms, as at the login: no script sees a password."""

from __future__ import annotations

from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit

_MOST_PASSWORD = 200  # characters, as in `caibian.api.operations.NewOwnPassword`


def register(bench: Bench) -> None:
    """/account."""

    @page(bench, "/account")
    async def account(visit: Visit) -> Draw:
        newsroom = await visit.newsroom.present()  # a panel alone knows no passwords of one's own
        return lambda: _draw(visit, newsroom)


def _draw(visit: Visit, newsroom: bool) -> None:
    assert visit.visitor is not None
    words, me = visit.words, visit.visitor.me
    says = visit.request.session.pop("account_says", "")
    with frame(visit, words("account.title"), narrow=True):
        Tag("h1", words("account.title"))
        with Tag("section", "", "panel account-who"):
            Tag("h2", me.display or me.name)
            Tag("p", f"{words('account.name')}: {me.name}")
            Tag("p", f"{words('account.role')}: {words(f'role.{me.role}')}")
        if newsroom:
            _password(visit, says)


def _password(visit: Visit, says: str) -> None:
    words = visit.words
    with Tag("form", "", "panel account-form", method="post", action="/account/password"):
        Tag("h2", words("account.password"))
        Tag("p", words("account.lead"), "soft")
        if says:
            kind = "good" if says == "done" else "bad"
            Tag("p", words(f"account.{says}"), f"notice {kind}", role="alert")
        for name, complete in (
            ("old", "current-password"),
            ("new", "new-password"),
            ("again", "new-password"),
        ):
            with Tag("label", "", "field"):
                Tag("span", words(f"account.{name}"))
                Tag(
                    "input",
                    type="password",
                    name=name,
                    maxlength=_MOST_PASSWORD,
                    required=True,
                    autocomplete=complete,
                )
        with Tag("div", "", "buttons"):
            Tag("button", words("account.submit"), "button", type="submit")
