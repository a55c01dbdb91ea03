"""Articles and batches over HTTP.

    POST   /v1/articles/files         multipart field `files`, several -> Imported    DESK
    POST   /v1/articles/urls          Urls -> Imported                                DESK
    GET    /v1/articles?query=&cursor=&limit=   -> ArticlePage                        DESK
    GET    /v1/articles/{id}          -> ArticleText                                  DESK
    DELETE /v1/articles/{id}          -> 204                                          EDITORS

    POST   /v1/batches                NewBatch -> Batch                               DESK
    GET    /v1/batches                -> list[Batch], newest first; own ones, EDITORS see all   DESK
    GET    /v1/batches/{id}           -> Batch                                        DESK
    GET    /v1/batches/{id}/items     -> list[BatchItem]                              DESK
    POST   /v1/batches/{id}/stop      -> Batch                                        DESK
    POST   /v1/batches/{id}/resume    -> Batch; failed items are tried again          DESK

Files are what `caibian` reads as an archive: JSONL, CSV, HTML, ninjs, NewsML-G2, text, PDF, DOCX, and zip files of these.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from caibian.api.tasks import TaskAnswer
from caibian.api.wire import Language, Wire

MOST_FILE_BYTES = 32 << 20
MOST_UNPACKED_BYTES = 128 << 20
MOST_UPLOAD_BYTES = 128 << 20  # of a whole request; more gets 413
MOST_FILES = 50
MOST_URLS = 100
MOST_BATCH = 1000


class Dropped(Wire):
    """What of an import was left out, and why."""

    name: str  # file or address
    reason: str
    """empty, unknown_type, unreadable, too_large, too_many, nested_archive, out_of_time; not_public, unreachable."""
    detail: str


class Imported(Wire):
    """What an import brought."""

    added: list[str]  # ids
    known: int  # the same text was here already
    dropped: list[Dropped]


class Urls(Wire):
    """POST /v1/articles/urls."""

    urls: list[Annotated[str, StringConstraints(max_length=2000)]] = Field(min_length=1, max_length=MOST_URLS)


class ArticleRow(Wire):
    """An article in a list."""

    id: str
    title: str
    source: str | None
    author: str | None
    published_at: datetime | None
    language: str | None
    chars: int
    imported_at: datetime
    imported_by: str
    imported_by_name: str  # the name of the account's owner, as it is now


class ArticlePage(Wire):
    """Some articles, newest import first; `next` is the cursor of the following page."""

    articles: list[ArticleRow]
    next: str | None
    total: int


class ArticleText(ArticleRow):
    """A whole article."""

    body: str
    summary: str | None
    url: str | None
    section: str | None
    licence: str | None


class NewBatch(Wire):
    """POST /v1/batches: one task over many articles. `fields` names the card's field that gets each part."""

    task: str = Field(max_length=200)
    articles: list[Annotated[str, StringConstraints(max_length=64)]] = Field(
        min_length=1, max_length=MOST_BATCH
    )
    language: Language = "zh"
    variant: int = Field(0, ge=0, le=50)
    model: str | None = Field(None, max_length=200)
    extra: dict[str, Annotated[str, StringConstraints(max_length=4000)]] = Field(
        default_factory=dict, description="the same for every article: a platform, an angle"
    )


BatchState = Literal["waiting", "running", "stopped", "done"]
ItemState = Literal["waiting", "running", "done", "failed"]


class Batch(Wire):
    """How far a batch is."""

    id: str
    task: str
    model: str | None
    language: Language
    by: str
    by_name: str  # the name of the account's owner, as it is now
    state: BatchState
    total: int
    done: int
    failed: int
    created_at: datetime
    finished_at: datetime | None


class BatchItem(Wire):
    """One article of a batch and its answer."""

    article: str
    title: str
    state: ItemState
    answer: TaskAnswer | None
    problem: str | None
