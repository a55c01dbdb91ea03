"""One request for a page: who asks, in which language and colours, and what the pages may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from caibian.api.wire import Role
from caibian.workbench.client import PanelClient
from caibian.workbench.newsroom import NewsroomClient
from caibian.workbench.sessions import Sessions, Visitor
from caibian.workbench.words import LANGUAGES, Language, Words, accepted

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Bench:
    """What all pages share: the service's two sides, and who is logged in."""

    client: PanelClient
    newsroom: NewsroomClient
    sessions: Sessions

    def visit(self, request: HTTPConnection) -> Visit:
        """What is known about a request."""
        kept = request.session
        visitor = self.sessions.find(kept.get("number"))
        chosen: Language | None = kept.get("language") if kept.get("language") in LANGUAGES else None
        language = chosen or (
            visitor.me.language if visitor else accepted(request.headers.get("accept-language"))
        )
        theme: Theme | None = kept.get("theme") if kept.get("theme") in THEMES else None
        query = f"?{request.url.query}" if request.url.query else ""
        return Visit(self, request, Words(language), theme, visitor, request.url.path + query)


@dataclass(frozen=True, slots=True)
class Visit:
    """A reader at one page. Without a choice of their own, language follows the account and colours the system."""

    bench: Bench
    request: HTTPConnection
    words: Words
    theme: Theme | None
    visitor: Visitor | None
    path: str
    has_newsroom: bool = False  # the service is more than an expert panel

    @property
    def client(self) -> PanelClient:
        """The service."""
        return self.bench.client

    @property
    def newsroom(self) -> NewsroomClient:
        """The newsroom of the service, if it is one."""
        return self.bench.newsroom

    @property
    def token(self) -> str:
        """The visitor's token; pages behind the login have one."""
        assert self.visitor is not None
        return self.visitor.token

    @property
    def role(self) -> Role | None:
        """Of who is logged in."""
        return self.visitor.me.role if self.visitor else None

    def parameter(self, name: str) -> str:
        """A part of the page's address."""
        return str(self.request.path_params[name])


def inside(address: str | None) -> str:
    """An address of these pages to go back to; anything else becomes the first page."""
    if (
        address
        and address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isprintable()
    ):
        return address
    return "/"
