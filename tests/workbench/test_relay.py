"""What scripts of the pages may ask of the newsroom, and what never passes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, Response

from caibian.workbench.places import first, places
from tests.models.server import serving
from tests.workbench.conftest import workbench

NAME, PASSWORD = "mei", "wort"


class Upstream:
    """A service that notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.pieces, self.left = threading.Event(), threading.Event()
        self.role, self.valid = "editor", True
        self.app = FastAPI()
        self.app.post("/v1/panel/login")(self.login)
        self.app.get("/v1/tasks")(lambda: JSONResponse([]))
        self.app.post("/v1/tasks/{id}/run")(self.run)
        self.app.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])(self.any)

    async def login(self) -> Response:
        me = {"name": NAME, "display": "梅", "role": self.role, "language": "zh"}
        return JSONResponse({"token": "the-token", "me": me})

    async def run(self, request: Request) -> Response:
        await request.body()

        async def written() -> Any:
            import anyio

            try:
                yield "event: piece\ndata: {}\n\n"
                while not self.pieces.is_set():
                    await anyio.sleep(0.01)
                yield "event: answer\ndata: {}\n\n"
            except BaseException:
                self.left.set()
                raise

        return StreamingResponse(written(), media_type="text/event-stream")

    async def any(self, request: Request, path: str) -> Response:
        size, most = 0, 0
        async for piece in request.stream():
            size, most = size + len(piece), max(most, len(piece))
        query = str(request.url.query)
        self.seen.append({"path": path, "size": size, "headers": dict(request.headers), "query": query})
        if not self.valid:
            return JSONResponse({"code": "unauthorised", "message": "over"}, 401)
        if path.startswith("reports/") or path.endswith("/export"):
            return Response("<script>1</script>", media_type="text/html")
        if path == "engines":
            return JSONResponse({"code": "too_many", "message": "later"}, 429, headers={"Retry-After": "7"})
        return JSONResponse({"size": size})


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Upstream, str]]:
    upstream = Upstream()
    with serving(upstream.app) as api, workbench(api, tmp_path_factory.mktemp("pages")) as pages:
        yield upstream, pages


@pytest.fixture
def upstream(started: tuple[Upstream, str]) -> Upstream:
    return started[0]


@pytest.fixture
def visitor(started: tuple[Upstream, str]) -> Iterator[httpx.Client]:
    """Somebody who has just logged in."""
    upstream, pages = started
    with httpx.Client(base_url=pages, trust_env=False, timeout=60) as client:
        client.post("/login", data={"name": NAME, "password": PASSWORD})
        upstream.seen.clear()
        yield client


def test_only_known_paths_pass_with_the_visitors_token_and_from_this_site_alone(
    upstream: Upstream, visitor: httpx.Client
) -> None:
    assert visitor.get("/service/articles/a%2Fb?query=%E7%A8%BF&cursor=").status_code == 200
    assert upstream.seen[-1]["path"] == "articles/a/b"
    assert upstream.seen[-1]["query"] == "query=%E7%A8%BF&cursor="
    assert upstream.seen[-1]["headers"]["authorization"] == "Bearer the-token"
    assert "cookie" not in upstream.seen[-1]["headers"]
    asked = len(upstream.seen)
    for path in (
        "me",
        "panel/me",
        "logout",
        "tasksx",
        "articles/..%2Fme",
        "articles/%2e%2e/me",
        "openapi.json",
        "",
    ):
        assert visitor.get(f"/service/{path}").status_code == 404, path
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert visitor.get("/service/drafts/1/export", headers=headers).status_code == 403
        assert visitor.post("/service/drafts", json={}, headers=headers).status_code == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.post("/service/drafts", content="a=1", headers=form).status_code == 415
    assert (
        visitor.post(
            "/service/drafts", content=b" " * (9 << 20), headers={"Content-Type": "application/json"}
        ).status_code
        == 413
    )
    assert visitor.patch("/service/drafts").status_code in (404, 405)
    assert len(upstream.seen) == asked
    assert httpx.get(f"{visitor.base_url}/service/articles", trust_env=False).status_code == 401
    _refusals_pass_as_they_are(upstream, visitor)
    _files_are_downloads_and_reports_stand_in_a_sandbox(visitor)
    _a_session_that_ended_is_closed(upstream, visitor)


def _refusals_pass_as_they_are(upstream: Upstream, visitor: httpx.Client) -> None:
    busy = visitor.get("/service/engines")
    assert (busy.status_code, busy.headers["retry-after"], busy.json()["code"]) == (429, "7", "too_many")
    sent = visitor.post("/service/articles/files", files=[("files", ("a.txt", b"x" * (3 << 20)))])
    assert sent.json()["size"] > 3 << 20


def _files_are_downloads_and_reports_stand_in_a_sandbox(visitor: httpx.Client) -> None:
    page = visitor.get("/service/drafts/1/export?format=html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    report = visitor.get("/service/reports/run/report")
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in report.headers["content-security-policy"]
    assert report.headers["x-frame-options"] == "SAMEORIGIN"


def _a_session_that_ended_is_closed(upstream: Upstream, visitor: httpx.Client) -> None:
    upstream.valid = False
    assert visitor.get("/service/articles").status_code == 401
    upstream.valid = True
    assert visitor.get("/service/articles").status_code == 401


def test_a_stream_comes_piece_by_piece_and_ends_at_the_service_when_its_reader_leaves(
    upstream: Upstream, visitor: httpx.Client
) -> None:
    with visitor.stream("POST", "/service/tasks/x/run", json={}) as answer:
        pieces = answer.iter_text()
        assert next(pieces).startswith("event: piece")  # though the service has not finished
        upstream.pieces.set()
        assert "event: answer" in "".join(pieces)
    upstream.pieces.clear()
    with visitor.stream("POST", "/service/tasks/x/run", json={}) as answer:
        next(answer.iter_text())
    assert upstream.left.wait(10), "the service was not told that nobody listens any more"


@pytest.mark.parametrize(
    ("role", "newsroom", "begins", "names"),
    [
        ("expert", True, "/panels", ["panels"]),
        ("organiser", True, "/panels", ["models", "panels"]),
        ("reporter", True, "/desk", ["desk", "articles", "review", "models"]),
        ("operator", True, "/operations", ["models", "operations"]),
        ("admin", True, "/desk", ["desk", "articles", "review", "models", "operations"]),
        ("organiser", False, "/panels", ["panels"]),
        ("editor", False, "/panels", ["panels"]),
    ],
)
def test_everybody_is_shown_what_is_theirs_and_begins_there(
    role: Any, newsroom: bool, begins: str, names: list[str]
) -> None:
    assert [place.name for place in places(role, newsroom=newsroom)] == names
    assert first(role, newsroom=newsroom) == begins


def test_a_page_for_other_roles_is_refused_without_asking_the_service(
    upstream: Upstream, visitor: httpx.Client
) -> None:
    assert visitor.get("/", follow_redirects=False).headers["location"] == "/desk"
    assert json.dumps([one["path"] for one in upstream.seen]).count("operations") == 0
    refused = visitor.get("/operations")
    assert refused.status_code == 403
    assert "operations/overview" not in [one["path"] for one in upstream.seen]
