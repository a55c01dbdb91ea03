"""Batches, as `caibian.api.articles` lists their routes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from caibian.api.articles import Batch, BatchItem, NewBatch
from caibian.api.wire import Problem
from caibian.errors import CaibianError, MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Db, Id
from caibian.service.newsroom import batching
from caibian.service.newsroom.engine_problems import as_denied
from caibian.service.newsroom.routes.tasks import Book, Models
from caibian.service.newsroom.text_bodies import whole_characters
from caibian.service.problems import Stale
from caibian.storage.newsroom import batches
from caibian.storage.refusals import Outdated

try:
    from fastapi import APIRouter, Depends
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["batches"], dependencies=[Depends(whole_characters)])

Asker = Annotated[Admitted, Depends(admitted("batches"))]
Reader = Annotated[
    Admitted, Depends(admitted(None, keys_of="batches"))
]  # whoever watches a batch asks often, and it costs nothing


@router.post("/batches", responses={404: {"model": Problem, "description": "there is no such task"}})
def create(db: Db, asker: Asker, book: Book, models: Models, body: NewBatch) -> Batch:
    """Have a task run on many articles; it goes on when the asker has left."""
    try:
        card = batching.check(body, book, models)
    except CaibianError as error:
        if (denied := as_denied(error)) is not None:
            raise denied from error
        raise
    asker.meter.task = card.id
    new = batches.NewBatch(
        task=card.id,
        articles=body.articles,
        language=body.language,
        variant=body.variant,
        model=body.model,
        extra=body.extra,
    )
    return _batch(batches.create(db, asker.account, new, asker.key))


@router.get("/batches")
def listing(db: Db, asker: Reader) -> list[Batch]:
    """Batches, newest first: an editor sees all of them, a reporter their own."""
    return [_batch(one) for one in batches.listing(db, asker.account)]


@router.get("/batches/{id}")
def read(db: Db, asker: Reader, id: Id) -> Batch:
    """How far a batch is."""
    return _batch(batches.read(db, asker.account, id))


@router.get("/batches/{id}/items")
def items(db: Db, asker: Reader, id: Id) -> list[BatchItem]:
    """The articles of a batch with their answers."""
    return [BatchItem.model_validate(asdict(one)) for one in batches.items(db, asker.account, id)]


@router.post("/batches/{id}/stop")
def stop(db: Db, asker: Asker, id: Id) -> Batch:
    """Begin no further article; what is being written is finished."""
    try:
        return _batch(batches.stop(db, asker.account, id))
    except Outdated as refusal:
        raise Stale(refusal, _batch(batches.read(db, asker.account, id))) from refusal


@router.post("/batches/{id}/resume")
def resume(db: Db, asker: Asker, id: Id) -> Batch:
    """Go on, and try again what failed."""
    return _batch(batches.resume(db, asker.account, id))


def _batch(batch: batches.Batch) -> Batch:
    return Batch.model_validate(asdict(batch))
