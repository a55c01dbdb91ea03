"""Articles, as `caibian.api.articles` lists their routes."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated

from caibian.api.articles import (
    MOST_UPLOAD_BYTES,
    ArticlePage,
    ArticleRow,
    ArticleText,
    Dropped,
    Imported,
    Urls,
)
from caibian.api.wire import EDITORS
from caibian.errors import MissingExtra
from caibian.records import Article
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Db, Id
from caibian.service.newsroom.imports.fetching import fetch_all
from caibian.service.newsroom.imports.sandbox import read_files
from caibian.service.newsroom.imports.spool import Spool, TooMuch
from caibian.service.newsroom.text_bodies import whole_characters
from caibian.service.settings import HouseSettings
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom import articles
from caibian.storage.refusals import Invalid, TooMany

try:
    from fastapi import APIRouter, Depends, HTTPException, Query, Request
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["articles"], dependencies=[Depends(whole_characters)])

Asker = Annotated[Admitted, Depends(admitted("articles"))]
Editor = Annotated[Admitted, Depends(admitted("articles", EDITORS))]

_AT_ONCE = 2  # imports of one process: each has a reader of its own, which may use a core and much memory
_WAIT = 20.0  # seconds for one of them to end
_CHUNK = 100  # articles stored at once; what is stored stays, whatever comes after
_importing = threading.BoundedSemaphore(_AT_ONCE)

_FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}


@router.post("/articles/files", openapi_extra=_FILES)
async def import_files(request: Request, db: Db, asker: Asker) -> Imported:
    """Import files: JSONL, CSV, HTML, ninjs, NewsML-G2, text, PDF, DOCX, and zip files of these.

    What can be read is kept, whatever else is among the files; the same text is kept once.
    """
    declared = request.headers.get("content-length", "")
    too_large = HTTPException(413, f"the files are larger than {MOST_UPLOAD_BYTES >> 20} MB together")
    if declared.isdigit() and int(declared) > MOST_UPLOAD_BYTES:
        raise too_large
    with tempfile.TemporaryDirectory(prefix="caibian-import-") as folder:
        spool = Spool(Path(folder), request.headers.get("content-type", ""))
        try:
            await spool.receive(request.stream())
        except TooMuch as error:
            raise too_large from error
        except ClientDisconnect as error:
            raise Invalid("the body: it was cut off; send it again") from error
        return await run_in_threadpool(_read, db, asker.account, spool, Path(folder))


@router.post("/articles/urls")
def import_urls(request: Request, db: Db, asker: Asker, body: Urls) -> Imported:
    """Import pages by their addresses: http and https, of the public internet unless the house says otherwise."""
    house: HouseSettings = request.app.state.settings
    with tempfile.TemporaryDirectory(prefix="caibian-import-") as folder, _Turn():
        files, left_out = fetch_all(body.urls, Path(folder), house.imports)
        return _store(db, asker.account, chain(left_out, read_files(files, Path(folder)) if files else ()))


@router.get("/articles")
def listing(
    db: Db,
    asker: Asker,
    query: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ArticlePage:
    """Articles, the newest import first; those whose title or text holds the query."""
    page = articles.page(db, query, cursor, limit)
    return ArticlePage(
        articles=[ArticleRow(**asdict(row)) for row in page.rows], next=page.next, total=page.total
    )


@router.get("/articles/{id}")
def read(db: Db, asker: Asker, id: Id) -> ArticleText:
    """An article with its text."""
    found = asdict(articles.read(db, id))
    return ArticleText(**found.pop("row"), **found)


@router.delete("/articles/{id}", status_code=204)
def remove(db: Db, asker: Editor, id: Id) -> None:
    """Remove an article; drafts and finished batches keep what they took from it."""
    articles.remove(db, asker.account, id)


class _Turn:
    """One of the few imports that a process does at a time."""

    def __enter__(self) -> None:
        if not _importing.acquire(timeout=_WAIT):
            raise TooMany("other imports are running; try again in a moment", int(_WAIT))

    def __exit__(self, *_: object) -> None:
        _importing.release()


def _read(db: Database, account: Account, spool: Spool, folder: Path) -> Imported:
    with _Turn():
        found = read_files(spool.files, folder) if spool.files else iter(())
        return _store(db, account, chain(spool.dropped, found))


def _store(db: Database, account: Account, found: Iterable[Article | Dropped]) -> Imported:
    """Keep articles as they come, some at a time."""
    imported = Imported(added=[], known=0, dropped=[])
    waiting: list[Article] = []

    def keep() -> None:
        stored = articles.store(db, account, waiting)
        imported.added += stored.added
        imported.known += stored.known
        waiting.clear()

    for one in found:
        if isinstance(one, Dropped):
            imported.dropped.append(one)
            continue
        waiting.append(one)
        if len(waiting) >= _CHUNK:
            keep()
    if waiting:
        keep()
    return imported
