"""The verifier of AI labels, as `caibian.api.drafts` lists it."""

from __future__ import annotations

from caibian.api.drafts import Labelled
from caibian.errors import MissingExtra
from caibian.publishing.labels import Unlabelled, read_label
from caibian.service.admission import admitted
from caibian.storage.refusals import Invalid

try:
    from fastapi import APIRouter, Depends, UploadFile
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["drafts"], dependencies=[Depends(admitted("export"))])


@router.post("/labels/verify")
def verify(file: UploadFile) -> Labelled:
    """What a file says of its being made by AI. It is read here and kept nowhere."""
    try:
        return read_label(file.file.read())
    except Unlabelled as error:
        raise Invalid(f"file: {error}") from error
