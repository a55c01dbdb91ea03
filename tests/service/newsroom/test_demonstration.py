"""The house that `make demo` opens: made once, brought up to date after, nothing in it lost."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from caibian.errors import ConfigError
from caibian.records import Article, to_table, write_parquet
from caibian.service.newsroom.demonstration import prepare
from caibian.service.settings import read_settings
from caibian.storage import open_database
from caibian.storage.accounts import create_account, find_account, log_in
from caibian.storage.newsroom.articles import page
from caibian.storage.refusals import WrongLogin
from tests.storage.conftest import _light_hashes  # noqa: F401  (fixture)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """What a finished run leaves, as far as a house needs it."""
    folder = tmp_path / "runs" / "demo"
    export, articles = folder / "05-export-aa", folder / "01-corpus-bb" / "articles"
    export.mkdir(parents=True)
    articles.mkdir(parents=True)
    (export / "DONE").write_text("aa")
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"GGUF")
    (export / "model.json").write_text(
        json.dumps({"name": "demo", "base": {"path": str(weights), "reference": "default"}})
    )
    stages = [{"stage": "corpus", "folder": articles.parent.name}, {"stage": "export", "folder": export.name}]
    (folder / "run.json").write_text(json.dumps({"stages": stages}))
    rows = [
        Article(
            f"a{n}",
            f"第{n}篇。" + "本报讯，市图书馆新馆开放。" * 40,
            title=f"第{n}篇",
            language="zh",
            split=split,
        )
        for n, split in enumerate(["train", "test"] * 50)
    ]
    rows.append(Article("short", "太短。", language="zh", split="test"))
    write_parquet(articles / "part-000000.parquet", to_table(rows, Article))
    return folder


def test_a_demonstration_has_both_models_held_out_stories_and_an_admin(run: Path, tmp_path: Path) -> None:
    made = prepare(run, tmp_path / "house")
    settings = read_settings(made.config)
    assert [engine.name for engine in settings.engines] == ["tuned", "base"]
    assert settings.engines[0].framing == "plain"  # the words that the model was trained on
    assert settings.engines[0].fallback == ["base"]
    with closing(open_database(settings.database)) as database:
        assert log_in(database, made.account, made.password)[1].role == "admin"
        found = page(database)
        assert found.total == made.stories == 40
        assert all(int(row.title.strip("第篇")) % 2 for row in found.rows), "a story of the training split"


def test_a_second_demonstration_gives_a_new_password_and_keeps_what_was_made(
    run: Path, tmp_path: Path
) -> None:
    first = prepare(run, tmp_path / "house")
    with closing(open_database(read_settings(first.config).database)) as database:
        create_account(database, "anna", role="reporter")
    second = prepare(run, tmp_path / "house")
    assert second.stories == 40
    with closing(open_database(read_settings(second.config).database)) as database:
        assert find_account(database, "anna") is not None
        assert log_in(database, second.account, second.password)
        with pytest.raises(WrongLogin):
            log_in(database, first.account, first.password)


def test_a_run_without_a_model_is_refused_before_anything_is_made(run: Path, tmp_path: Path) -> None:
    (run / "05-export-aa" / "DONE").unlink()
    with pytest.raises(ConfigError, match="no finished run"):
        prepare(run, tmp_path / "house")
    assert not (tmp_path / "house").exists()
