"""Weights by reference: a registered name, a path of the user's own, or a hub id.

    coder-0.5b                           registered, see `caibian models list`
    ./news-7b.gguf, ~/models/qwen        a GGUF file, or a folder in the Hugging Face layout
    Qwen/Qwen2.5-7B-Instruct             a repository of a model hub
    org/name-GGUF:file-q5_k_m.gguf       one file of one

`default` stands for what `pull("default")` brought, which is recorded: the general model where a hub answers,
else the Coder weights. It never changes afterwards by itself.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from caibian.downloads import Wanted, fetch
from caibian.errors import ConfigError, DiskFull, DownloadError, ModelNotFound, WrongHash
from caibian.files import home, write_json
from caibian.models.hub_models import HubId, pull_files
from caibian.models.registry import DEFAULT, RegisteredWeights, registry
from caibian.models.shelf import (
    bytes_under,
    default_record,
    default_weights,
    digest,
    find,
    hub_record,
    is_here,
    not_found,
    read_record,
)
from caibian.progress import Progress


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says of the weights it used."""

    name: str  # the registered name that was resolved to, the hub id, or the path
    title: str
    path: Path
    size: int  # bytes, of all files
    sha256: str | None  # of a GGUF file; None for a folder
    licence: str | None
    licence_url: str | None = None
    origin: str | None = None  # the hub or the carrier that delivered; None: the user's own
    revision: str | None = None  # on the hub


def resolve(
    reference: str, *, download: bool = True, accept_licence: bool = False, progress: Progress | None = None
) -> Path:
    """The GGUF file or the Hugging Face folder that a reference stands for, pulled if need be.

    Args:
        download: False never touches the network; what is not here is then ModelNotFound.
        accept_licence: the user has read and accepted the terms of weights that ask for it.

    Raises:
        ModelNotFound: no such name, path or hub id; or not here and `download` is off.
        ConfigError: the terms of the weights are not accepted yet.
        DownloadError: see `caibian.downloads.fetch`.
    """
    if found := find(reference):
        return found
    if not download:
        raise ModelNotFound(f"{reference} is not on this machine; run: caibian models pull {reference}")
    return pull(reference, accept_licence=accept_licence, progress=progress).path


def default_gguf(*, download: bool = True, progress: Progress | None = None) -> Path:
    """The GGUF file of the default model."""
    return resolve(DEFAULT, download=download, progress=progress)


@dataclass(frozen=True, slots=True)
class Row:
    """One registered name, as `caibian models list` shows it."""

    name: str
    title: str
    role: str
    size: int  # bytes
    licence: str
    state: str


def overview() -> list[Row]:
    """The registered weights and what of them is on this machine."""
    return [
        Row(item.name, item.title, item.role, item.size, item.licence, _state(item))
        for item in registry().weights
    ]


def _state(weights: RegisteredWeights) -> str:
    if not is_here(weights):
        part = Wanted(weights.name, weights.path, weights.size, weights.digest).part
        return f"{part.stat().st_size / weights.size:.0%} of it" if part.exists() else "not pulled"
    chosen = default_weights()
    return "here, default" if chosen is not None and chosen.name == weights.name else "here"


def pull(reference: str, *, accept_licence: bool = False, progress: Progress | None = None) -> Facts:
    """Bring weights onto this machine, whatever the reference; see `resolve` for errors."""
    progress = progress or Progress()
    if find(reference) is not None:
        _verify_put_there(reference)
        return describe(reference)
    if reference == DEFAULT:
        _pull_default(progress)
    elif weights := registry().get(reference):
        _pull_registered(weights, accept_licence, progress)
    elif hub_id := HubId.parse(reference):
        _, facts = pull_files(hub_id, progress)
        write_json(hub_record(hub_id), facts | {"pulled_at": _now()})
    else:
        raise not_found(reference)
    return describe(reference)


def describe(reference: str) -> Facts:
    """The facts of weights that are on this machine. Raises ModelNotFound where they are not."""
    path = resolve(reference, download=False)
    weights = default_weights() if reference == DEFAULT else registry().get(reference)
    if weights is not None:
        record = read_record(weights.folder / "pulled.json") or {}
        return Facts(
            name=weights.name,
            title=weights.title,
            path=path,
            size=weights.size,
            sha256=weights.sha256,
            licence=weights.licence,
            licence_url=weights.licence_url,
            origin=record.get("origin"),
        )
    record = {}
    if not Path(reference).expanduser().exists() and (hub_id := HubId.parse(reference)):
        record = read_record(hub_record(hub_id)) or {}
    size = path.stat().st_size if path.is_file() else bytes_under(path)
    return Facts(
        name=reference,
        title=reference if record else path.name,
        path=path,
        size=size,
        sha256=digest(path) if path.is_file() else None,
        licence=record.get("licence"),
        origin=record.get("origin"),
        revision=record.get("revision"),
    )


def remove(reference: str) -> int:
    """Delete pulled weights, what was made of them, and unfinished parts; return the bytes that are freed.

    Raises ModelNotFound where there is nothing of them, ConfigError for a file of the user's own.
    """
    weights = default_weights() if reference == DEFAULT else registry().get(reference)
    hub_id = HubId.parse(reference)
    if weights is not None:
        folders = [weights.folder, *home().glob(f"converted/{weights.sha256[:16]}*")]
    elif Path(reference).expanduser().exists():
        raise ConfigError(f"{reference} is a file of your own; Caibian deletes only what it has pulled")
    elif hub_id is not None:
        hashes = [digest(file) for file in hub_id.folder.glob("*.gguf")]
        folders = [
            hub_id.folder,
            *(path for value in hashes for path in home().glob(f"converted/{value[:16]}*")),
        ]
    else:
        raise not_found(reference)
    folders = [folder for folder in folders if folder.exists()]
    if not folders:
        raise ModelNotFound(f"{reference}: nothing of it is on this machine")
    freed = sum(bytes_under(folder) for folder in folders)
    if weights is not None and (read_record(default_record()) or {}).get("name") == weights.name:
        default_record().unlink()
    for folder in folders:
        shutil.rmtree(folder)
    return freed


def _pull_registered(weights: RegisteredWeights, accept_licence: bool, progress: Progress) -> None:
    if weights.must_accept and not accept_licence:
        raise ConfigError(
            f"{weights.name} comes under the {weights.licence}: {weights.licence_url}\n"
            f"  read them, and if you accept run: caibian models pull {weights.name} --accept-licence"
        )
    progress.message(f"{weights.title}: licence {weights.licence}, {weights.licence_url}")
    wanted = Wanted(weights.name, weights.path, weights.size, weights.digest)
    arrival = fetch(wanted, weights.origins(), progress)
    record: dict[str, Any] = {"name": weights.name, "title": weights.title, "sha256": weights.sha256}
    record |= {"licence": weights.licence, "origin": arrival.origin, "pulled_at": _now()}
    if weights.must_accept:
        record["licence_accepted"] = True
    write_json(weights.folder / "pulled.json", record)


def _verify_put_there(reference: str) -> None:
    """Registered weights that somebody copied into their place are verified, too."""
    weights = default_weights() if reference == DEFAULT else registry().get(reference)
    if weights is None or (weights.folder / "pulled.json").exists():
        return
    if digest(weights.path) != weights.sha256:
        raise WrongHash(
            f"{weights.path} is not {weights.title}: its SHA-256 is not {weights.sha256}; remove it"
        )


def _pull_default(progress: Progress) -> None:
    failures: list[str] = []
    for name in registry().default:
        weights = registry().get(name)
        assert weights is not None, f"registered.yaml: default names {name}, which is not registered"
        try:
            if not is_here(weights):
                _pull_registered(weights, False, progress)
        except (WrongHash, DiskFull):  # other weights are no remedy for these
            raise
        except DownloadError as error:
            failures.append(str(error))
            continue
        write_json(default_record(), {"name": name})
        progress.message(f"default is {weights.title} ({weights.name})")
        return
    raise DownloadError("\n".join(failures))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
