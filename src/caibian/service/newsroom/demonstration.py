"""A small house around one run of the factory: its model beside the untuned one, and held-out stories to try it on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from caibian.errors import ConfigError
from caibian.files import write_text
from caibian.models.exported import find_export, read_export
from caibian.records import Article, read_parquet
from caibian.service.settings import read_settings
from caibian.storage import open_database
from caibian.storage.accounts import Account, create_account, find_account, set_password
from caibian.storage.newsroom.articles import store

ADMIN = "admin"
_STORIES = 40  # of the held-out ones: more than anybody tries, few enough to look through
_SHORTEST, _LONGEST = 400, 1500  # characters of a story that is quickly read and leaves something to do
_CRAWLED = ("_", "|", " - ")  # in a title: the name of the site it was taken from hangs on it
_SPLIT = "test"
_CORES_FOR_TWO = 4  # fewer cores bear two engines with one thread each: their threads spin while they wait


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A house that is ready to be served."""

    config: Path
    account: str
    password: str
    stories: int  # that it has now


def prepare(run: Path, folder: Path) -> Demonstration:
    """Make the house, or bring the one that is there up to date: its settings, its stories, a new password.

    Args:
        run: a run directory with a finished export.
        folder: of the settings and the database.

    Raises:
        ConfigError: the run has no exported model, or the folder holds a house whose admin is somebody else.
    """
    if (export := find_export(run)) is None:
        raise ConfigError(f"{run}: no finished run with an exported model; caibian run makes one")
    read_export(export)  # what is missing is said now, not by an engine that does not start
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = folder / "newsroom.yaml"
    write_text(config, _settings(run.resolve()))
    database = open_database(read_settings(config).database)
    try:
        account = find_account(database, ADMIN)
        if account is None:
            account, password = create_account(database, ADMIN, role="admin")
        elif account.role != "admin":
            raise ConfigError(f"{folder}: its account {ADMIN} is no admin; name another folder")
        else:
            password = set_password(database, ADMIN)
        stored = store(
            database, Account(account.id, ADMIN, account.display, "admin", account.language), _stories(run)
        )
    finally:
        database.close()
    return Demonstration(config, ADMIN, password, len(stored.added) + stored.known)


def _settings(run: Path) -> str:
    threads: dict[str, Any] = {"threads": 1} if (os.cpu_count() or 1) < _CORES_FOR_TWO else {}
    tuned = {"name": "tuned", "model": str(run), "framing": "plain", "fallback": ["base"], **threads}
    base = {"name": "base", "model": "default", **threads}
    said = {"database": "newsroom.db", "runs": str(run.parent), "engines": [tuned, base]}
    head = (
        "# A demonstration: the tuned model of a run beside the untuned one. Written anew by `caibian newsroom demo`.\n"
        "# `plain`: the tuned model gets its tasks in the words it was trained on.\n"
    )
    return head + yaml.safe_dump(said, allow_unicode=True, sort_keys=False)


def _stories(run: Path) -> list[Article]:
    """Some of the stories that the run held out."""
    try:
        stages = json.loads((run / "run.json").read_text(encoding="utf-8"))["stages"]
    except (OSError, ValueError, KeyError):
        return []
    corpus = next(
        (run / stage["folder"] / "articles" for stage in stages if stage["stage"] == "corpus"), None
    )
    if corpus is None or not corpus.is_dir():
        return []
    held_out = (one for one in read_parquet(corpus, Article) if one.split == _SPLIT and _presentable(one))
    return [article for article, _ in zip(held_out, range(_STORIES), strict=False)]


def _presentable(article: Article) -> bool:
    title = article.title or ""
    tidy = bool(title) and not any(mark in title for mark in _CRAWLED)
    return tidy and _SHORTEST <= len(article.body) <= _LONGEST
