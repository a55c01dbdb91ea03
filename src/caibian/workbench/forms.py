"""What the plain forms send: logging in and out, a new password, and the reader's language and colours."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qs, quote

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caibian.api.operations import NewOwnPassword
from caibian.workbench.client import PanelError, Refused, TooMany, Unauthorised
from caibian.workbench.visit import THEMES, Bench, inside
from caibian.workbench.words import LANGUAGES

_MOST_BODY_BYTES = 16_384
_LONGEST_WAIT = 60  # seconds; said where the service names none


def routes(bench: Bench) -> APIRouter:
    """POST /login, /logout, /account/password and /preferences; each answers with the page to go to."""
    router = APIRouter(include_in_schema=False)

    @router.post("/login")
    async def login(request: Request) -> Response:
        back = inside(request.query_params.get("back"))
        sent = await _form(request)
        name, password = sent.get("name", "").strip(), sent.get("password", "")
        says = await _try(bench, request, name, password) if name and password else "missing"
        if not says:
            return RedirectResponse(back, 303)
        request.session["says"], request.session["name"] = says, name[:64]
        return RedirectResponse(f"/login?back={quote(back)}", 303)

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        number = request.session.pop("number", None)
        if (visitor := bench.sessions.find(number)) is not None:
            bench.sessions.close(number)
            await bench.client.logout(visitor.token)
        request.session["says"] = "out"
        request.session.pop("greeted", None)
        return RedirectResponse("/login", 303)

    @router.post("/account/password")
    async def password(request: Request) -> Response:
        number = request.session.get("number")
        if (visitor := bench.sessions.find(number)) is None:
            return RedirectResponse("/login?back=/account", 303)
        request.session["account_says"] = await _change(bench, visitor.token, await _form(request))
        return RedirectResponse("/account", 303)

    @router.post("/preferences")
    async def preferences(request: Request) -> Response:
        sent = await _form(request)
        if (language := sent.get("language")) in LANGUAGES:
            request.session["language"] = language
            request.session["greeted"] = True
            number = request.session.get("number")
            if (visitor := bench.sessions.find(number)) is not None:
                with contextlib.suppress(PanelError):  # of this browser it is known all the same
                    bench.sessions.update(number, await bench.client.prefer(visitor.token, language))
        if (theme := sent.get("theme")) in THEMES:
            request.session["theme"] = theme
        return RedirectResponse(inside(sent.get("back")), 303)

    return router


async def _try(bench: Bench, request: Request, name: str, password: str) -> str:
    """Log in; empty where it succeeded, else what to say."""
    address = request.client.host if request.client else "unknown"
    try:
        session = await bench.client.login(name, password, address=address)
    except Unauthorised:
        return "wrong"
    except TooMany as error:
        return f"too_many:{int(error.retry_after or _LONGEST_WAIT)}"
    except PanelError:
        return "away"
    bench.sessions.close(request.session.pop("number", None))
    request.session["number"] = bench.sessions.open(
        session
    )  # a new number: an old one may be known to others
    if not request.session.pop("greeted", False):  # nobody chose one at the login: the account's counts
        request.session["language"] = session.me.language
    return ""


async def _change(bench: Bench, token: str, sent: dict[str, str]) -> str:
    """Change a password; what to say about it."""
    old, new, again = (sent.get(name, "") for name in ("old", "new", "again"))
    if not (old and new and again):
        return "missing"
    if new != again:
        return "differ"
    try:
        await bench.newsroom.change_password(token, NewOwnPassword(old=old, new=new))
    except ValidationError:
        return "short"
    except TooMany:
        return "too_many"
    except Refused as error:
        return "wrong" if str(error).startswith("old:") else "refused"
    except PanelError:
        return "away"
    return "done"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; what is no form or too long has none."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: values[-1] for name, values in fields.items()}
