"""Models of a hub that are not registered: `org/name`, or `org/name:file.gguf`.

Every file is verified against the hash that the hub states for it. Weights are taken as safetensors or GGUF
only: pickled weights and code of a repository stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from caibian.downloads import (
    HUGGING_FACE,
    MODELSCOPE,
    HubFile,
    OriginFailed,
    RemoteFile,
    Repository,
    Wanted,
    fetch,
    require_room,
)
from caibian.errors import DownloadError, ModelNotFound
from caibian.files import home
from caibian.progress import Progress

_HUB_ID = re.compile(r"(?P<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?::(?P<file>[\w.-]+\.gguf))?")
_FOLDER_FILES = (  # of a repository in the Hugging Face layout, all at its top
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template*",
    "vocab.*",
    "merges.txt",
    "LICENSE*",
)
_PREFERRED_QUANTISATION = "q4_k_m"  # where a repository has many GGUF files and the user named none


@dataclass(frozen=True, slots=True)
class HubId:
    """A parsed hub id."""

    repository: str  # `org/name`
    file: str | None  # one GGUF file of it

    @classmethod
    def parse(cls, reference: str) -> Self | None:
        """The parsed id, or None where the reference does not look like one."""
        match = _HUB_ID.fullmatch(reference)
        return cls(match["repository"], match["file"]) if match else None

    @property
    def folder(self) -> Path:
        """Where files of the repository are kept."""
        return home() / "models" / "hub" / self.repository.replace("/", "--")


def pull_files(hub_id: HubId, progress: Progress) -> tuple[Path, dict[str, Any]]:
    """Fetch what the id stands for; return its GGUF file or its folder, and the facts to record.

    Raises:
        DownloadError: no hub answers, or none has the repository.
        ModelNotFound: the repository has no such file, or no weights that can be used.
    """
    repository = _ask_hubs(hub_id)
    files = _choose(repository, hub_id)
    require_room(hub_id.repository, hub_id.folder, sum(file.size for file in files))
    progress.message(f"{hub_id.repository}: licence {repository.licence or 'as its page says'}")
    for file in files:
        wanted = Wanted(f"{hub_id.repository} {file.path}", hub_id.folder / file.path, file.size, file.digest)
        fetch(wanted, [HubFile(repository.hub, repository.id, file.path, repository.revision)], progress)
    single = len(files) == 1
    facts = {
        "origin": repository.hub.name,
        "revision": repository.revision,
        "licence": repository.licence,
        "sha256": files[0].digest.value if single and files[0].digest.kind == "sha256" else None,
        "files": {file.path: file.size for file in files},
    }
    return (hub_id.folder / files[0].path if single else hub_id.folder), facts


def _ask_hubs(hub_id: HubId) -> Repository:
    failures = []
    for hub in (HUGGING_FACE, MODELSCOPE):
        try:
            return hub.repository(hub_id.repository)
        except OriginFailed as failure:
            failures.append(f"\n  {hub.name}: {failure}")
    raise DownloadError(
        f"{hub_id.repository}: neither a registered name nor a path here, and no hub has it"
        + "".join(failures)
    )


def _choose(repository: Repository, hub_id: HubId) -> Sequence[RemoteFile]:
    top = [file for file in repository.files if "/" not in file.path and "\\" not in file.path]
    ggufs = [file for file in top if file.path.endswith(".gguf")]
    listed = ", ".join(file.path for file in ggufs) or "none"
    if hub_id.file:
        if found := [file for file in ggufs if file.path == hub_id.file]:
            return found
        raise ModelNotFound(f"{hub_id.repository} has no {hub_id.file}; its GGUF files: {listed}")
    wanted = [file for file in top if any(fnmatchcase(file.path, pattern) for pattern in _FOLDER_FILES)]
    kinds = {Path(file.path).suffix for file in wanted}
    if ".safetensors" in kinds and any(file.path == "config.json" for file in wanted):
        return wanted
    usual = [file for file in ggufs if _PREFERRED_QUANTISATION in file.path.lower()]
    for candidates in (ggufs, usual):
        if len(candidates) == 1:
            return candidates
    if ggufs:
        raise ModelNotFound(
            f"{hub_id.repository} has several GGUF files; name one, as {hub_id.repository}:FILE: {listed}"
        )
    raise ModelNotFound(f"{hub_id.repository} has neither safetensors with a config.json nor GGUF weights")
