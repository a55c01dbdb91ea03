"""The reports of the factory's runs, as `caibian.api.operations` lists them."""

from __future__ import annotations

from typing import Annotated

from caibian.api.operations import RunReport
from caibian.api.wire import ROLES, Role
from caibian.errors import MissingExtra
from caibian.service.admission import admitted
from caibian.service.newsroom.run_pages import find_runs, read_page
from caibian.service.settings import HouseSettings

try:
    from fastapi import APIRouter, Depends, Request
    from fastapi.responses import HTMLResponse
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

READERS: tuple[Role, ...] = tuple(role for role in ROLES if role != "expert")

router = APIRouter(tags=["reports"], dependencies=[Depends(admitted(None, READERS))])


async def settings(request: Request) -> HouseSettings:
    """The settings of the house."""
    found: HouseSettings = request.app.state.settings
    return found


Settings = Annotated[HouseSettings, Depends(settings)]


@router.get("/reports")
def reports(house: Settings) -> list[RunReport]:
    """The runs that have a page to show, the newest first."""
    return find_runs(house.runs)


@router.get("/reports/{run}/{page}", response_class=HTMLResponse)
def report(house: Settings, run: str, page: str) -> HTMLResponse:
    """One page of a run. It runs scripts of its own: show it in a sandbox, without the reader's cookies."""
    return HTMLResponse(read_page(house.runs, run, page))
