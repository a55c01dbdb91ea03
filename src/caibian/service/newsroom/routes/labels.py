"""The verifier of AI labels, as `caibian.api.drafts` lists it."""

from __future__ import annotations

import threading

from caibian.api.drafts import Labelled
from caibian.errors import MissingExtra
from caibian.publishing.labels import Unlabelled, read_label
from caibian.service.admission import admitted
from caibian.storage.refusals import Invalid, TooMany

try:
    from fastapi import APIRouter, Depends, UploadFile
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["drafts"], dependencies=[Depends(admitted("export"))])

_WAIT = 10.0  # seconds for another file to be read
_reading = threading.BoundedSemaphore(
    2
)  # at once: a damaged file may take long, and must not take every thread


@router.post("/labels/verify")
def verify(file: UploadFile) -> Labelled:
    """What a file says of its being made by AI. It is read here and kept nowhere."""
    if not _reading.acquire(timeout=_WAIT):
        raise TooMany("other files are being read; try again in a moment", round(_WAIT))
    try:
        return read_label(file.file.read())
    except Unlabelled as error:
        raise Invalid(f"file: {error}") from error
    finally:
        _reading.release()
