"""Model hubs: where a file of a repository is, and what a repository holds.

Hugging Face: `GET /api/models/{repo}/revision/{revision}?blobs=true` lists the files with sizes and hashes,
`/{repo}/resolve/{revision}/{file}` serves one. ModelScope: `GET /api/v1/models/{repo}/repo/files` and
`/models/{repo}/resolve/{revision}/{file}`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx

from caibian.downloads import http
from caibian.downloads.fetch import Digest, OriginFailed


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a hub's repository."""

    path: str
    size: int  # bytes
    digest: Digest


@dataclass(frozen=True, slots=True)
class Repository:
    """What a hub says of one repository at one revision."""

    hub: Hub
    id: str  # `organisation/name`
    revision: str  # a commit where the hub tells it
    licence: str | None
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class Hub:
    """One model hub; `HF_ENDPOINT` and `MODELSCOPE_DOMAIN` point at mirrors, as the hubs' own clients have it."""

    name: str
    kind: Literal["huggingface", "modelscope"]

    @property
    def endpoint(self) -> str:
        """The address that files and listings are asked from."""
        if self.kind == "huggingface":
            return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        domain = (os.environ.get("MODELSCOPE_DOMAIN") or "modelscope.cn").rstrip("/")
        return domain if "://" in domain else f"https://{domain}"

    @property
    def headers(self) -> dict[str, str]:
        """The user's own token for gated repositories, if there is one. Never sent on to another host."""
        token = os.environ.get("HF_TOKEN") if self.kind == "huggingface" else None
        return {"Authorization": f"Bearer {token}"} if token else {}

    def url(self, repository: str, file: str, revision: str | None = None) -> str:
        """Where one file is."""
        if self.kind == "huggingface":
            return f"{self.endpoint}/{repository}/resolve/{revision or 'main'}/{quote(file)}"
        return f"{self.endpoint}/models/{repository}/resolve/{revision or 'master'}/{quote(file)}"

    def require_reachable(self) -> None:
        """Raise OriginFailed, within seconds, where the hub does not answer or the user wants none."""
        if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
            raise OriginFailed("not asked, HF_HUB_OFFLINE is set")
        http.require_reachable(self.endpoint)

    def repository(self, repository: str) -> Repository:
        """What the repository holds now.

        Raises OriginFailed where the hub is not there, has no such repository or wants a token for it.
        """
        self.require_reachable()
        try:
            return self._read(repository)
        except (ValueError, KeyError, TypeError) as error:  # the page of a captive portal, for one
            raise OriginFailed("answered something else than a list of files") from error

    def _read(self, repository: str) -> Repository:
        if self.kind == "huggingface":
            said = self._ask(f"/api/models/{repository}/revision/main", {"blobs": "true"})
            files = tuple(_huggingface_file(entry) for entry in said["siblings"])
            licence = (said.get("cardData") or {}).get("license")
            return Repository(self, repository, said["sha"], licence, files)
        said = self._ask(
            f"/api/v1/models/{repository}/repo/files", {"Revision": "master", "Recursive": "true"}
        )
        files = tuple(
            RemoteFile(entry["Path"], entry["Size"], Digest(entry["Sha256"]))
            for entry in said["Data"]["Files"]
            if entry["Type"] != "tree"
        )
        return Repository(self, repository, "master", None, files)

    def _ask(self, path: str, parameters: dict[str, str]) -> Any:
        try:
            with http.client() as client:
                response = client.get(self.endpoint + path, params=parameters, headers=self.headers)
        except httpx.TransportError as error:
            raise OriginFailed(str(error) or type(error).__name__) from error
        if response.status_code in (401, 403):
            # Hugging Face answers so for a repository that does not exist, too.
            raise OriginFailed(
                f"answered {response.status_code}: no such repository, or it is gated (set HF_TOKEN)"
            )
        if response.status_code != 200:
            raise OriginFailed(f"answered {response.status_code} {response.reason_phrase}")
        return response.json()


def _huggingface_file(entry: dict[str, Any]) -> RemoteFile:
    if large := entry.get("lfs"):
        return RemoteFile(entry["rfilename"], large["size"], Digest(large["sha256"]))
    return RemoteFile(entry["rfilename"], entry["size"], Digest(entry["blobId"], "git-blob"))


HUGGING_FACE = Hub("Hugging Face", "huggingface")
MODELSCOPE = Hub("ModelScope", "modelscope")


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository on a hub, as an origin."""

    hub: Hub
    repository: str
    file: str
    revision: str | None = None

    extra_bytes = 0

    @property
    def name(self) -> str:
        """As shown to a person."""
        return self.hub.name

    def prepare(self) -> None:
        """See `Origin.prepare`."""
        self.hub.require_reachable()

    def deliver(self, part: Path, size: int, advance: Callable[[int], None]) -> None:
        """See `Origin.deliver`."""
        url = self.hub.url(self.repository, self.file, self.revision)
        http.download(url, part, size, advance, self.hub.headers)
