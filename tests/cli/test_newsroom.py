"""`caibian newsroom` as the person who keeps a house uses it."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from caibian.cli import main
from caibian.service.settings import HouseSettings, read_settings
from caibian.storage import open_database
from caibian.storage.access.people import people
from caibian.storage.accounts import create_account, log_in
from caibian.storage.audit import history
from tests.storage.conftest import _light_hashes  # noqa: F401  (a fixture)

_PASSWORD = re.compile(r"^  (\S+)  ([a-z0-9]{4}(?:-[a-z0-9]{4}){3})", re.MULTILINE)
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A verb in an empty folder, and what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CAIBIAN_DB", raising=False)

    def one(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as caught:
            main(["newsroom", *arguments])
        said = capsys.readouterr()
        assert (caught.value.code or 0) == code, said
        return said.out + said.err

    return one


def test_init_makes_a_house_whose_settings_say_what_can_be_set(run: Run) -> None:
    said = run("init", "--model", "runs/demo: #1", "--name", "tuned")
    ((name, password),) = _PASSWORD.findall(said)
    assert name == "admin"
    settings = read_settings(Path("newsroom.yaml"))
    assert [(engine.name, engine.model) for engine in settings.engines] == [("tuned", "runs/demo: #1")]
    with closing(open_database(settings.database)) as database:
        assert log_in(database, "admin", password)[1].role == "admin"
    assert stat.S_IMODE(Path("newsroom.yaml").stat().st_mode) == 0o600
    text = Path("newsroom.yaml").read_text(encoding="utf-8")
    missing = [field for field in HouseSettings.model_fields if not re.search(rf"^(# )?{field}:", text, re.M)]
    assert missing == []
    # What is commented out is right, too: uncommented, it is read, and shows the defaults or examples.
    block = "".join(
        line.replace("# ", "", 1) + "\n"
        for line in text.splitlines()
        if re.match(
            r"# +(limits|currency|timezone|keep_requests_days|labels|imports|topics|cards|runs):", line
        )
        or re.match(r"#  +\S", line)
    )
    offered = yaml.safe_load(block.replace("    caibian serve --config newsroom.yaml\n", ""))
    whole = HouseSettings.model_validate({"engines": settings.engines, **offered})
    default = HouseSettings(engines=settings.engines)
    for field in ("currency", "timezone", "keep_requests_days", "labels", "imports", "runs"):
        assert getattr(whole, field) == getattr(default, field), field
    assert whole.topics[0].says is not None


def test_init_overwrites_nothing_and_leaves_nothing_behind_when_it_fails(run: Run) -> None:
    run("init")
    known = Path("newsroom.yaml").read_bytes()
    assert "is not overwritten" in run("init", code=1)
    assert Path("newsroom.yaml").read_bytes() == known
    said = run("init", "--config", "second.yaml")  # beside the same database
    assert "has accounts already; its admins are admin" in said
    assert _PASSWORD.findall(said) == []
    with closing(open_database("third.db")) as database:
        create_account(database, "admin", role="reporter")
    said = run("init", "--config", "third.yaml", "--db", "third.db", code=1)
    assert "--admin admin: this account is there and is no admin" in said
    assert not Path("third.yaml").exists()
    assert "name" in run("init", "--config", "fourth.yaml", "--name", "two words", code=1)
    assert not Path("fourth.yaml").exists()


def test_accounts_are_made_changed_and_shut_out(run: Run) -> None:
    run("init")
    said = run("user", "add", "张三", "--role", "editor", "--display", "张编辑")
    ((name, password),) = _PASSWORD.findall(said)
    assert name == "张三"
    assert "张三  editor  张编辑" in run("user", "list")
    with closing(open_database("newsroom.db")) as database:
        token, _ = log_in(database, "张三", password)
        assert token
    run("user", "role", "张三", "chief_editor")
    ((_, changed),) = _PASSWORD.findall(run("user", "password", "张三"))
    assert changed != password
    run("user", "disable", "张三")
    assert "张三  chief_editor  张编辑  (disabled)" in run("user", "list")
    run("user", "disable", "张三", "--undo")
    with closing(open_database("newsroom.db")) as database:
        assert log_in(database, "张三", changed)[1].role == "chief_editor"
        assert {row.actor for row in history(database, "张三")} == {"(command line)", "张三"}
    for arguments, says in (
        (("user", "add", "张三"), "there is one already"),
        (("user", "add", "x", "--role", "king"), "--role king: one of expert"),
        (("user", "role", "nobody", "editor"), "account nobody: there is none of this name"),
        (("user", "role", "admin", "editor"), "admin is the last admin in use"),
        (("user", "disable", "admin"), "admin is the last admin in use"),
    ):
        assert says in run(*arguments, code=1)


def test_keys_are_made_listed_and_revoked(run: Run) -> None:
    run("init")
    said = run(
        *("key", "add", "admin", "--name", "CMS", "--features", "chat, tasks", "--days", "30"),
        *("--requests-a-minute", "60"),
    )
    [secret] = re.findall(r"cbk_\w{32}", said)
    [id] = re.findall(r"Key (\w{32})", said)
    listed = run("key", "list")
    assert secret not in listed
    assert secret[:10] in listed
    assert "chat,tasks" in listed
    assert "never used" in listed
    run("key", "revoke", id)
    assert "(revoked)" in run("key", "list", "--account", "admin")
    assert "--features mining: of chat" in run(
        "key", "add", "admin", "--name", "x", "--features", "mining", code=1
    )
    assert "there is none of this name" in run("key", "add", "nobody", "--name", "x", code=1)
    assert "there is none of this id" in run("key", "revoke", "x", code=1)


def test_a_feature_is_switched_off_with_its_reason(run: Run) -> None:
    run("init")
    run("feature", "off", "chat", "--reason", "模型出错")
    assert re.search(r"^chat: off  by \(command line\), .* UTC  模型出错$", run("feature", "list"), re.M)
    run("feature", "on", "chat")
    assert "chat: on" in run("feature", "list")
    assert "feature mining: one of chat" in run("feature", "off", "mining", code=1)


def test_a_house_moves_by_backup_and_restore(run: Run) -> None:
    ((_, password),) = _PASSWORD.findall(run("init"))
    run("user", "add", "张三")
    said = run("backup", "house.jsonl.gz")
    assert re.search(r"house\.jsonl\.gz: \d+ rows of \d+ tables", said)
    assert "exists already" in run("backup", "house.jsonl.gz", code=1)
    run("restore", "house.jsonl.gz", "--db", "moved.db")
    with closing(open_database("moved.db")) as database:
        assert [one.name for one in people(database)] == ["admin", "张三"]
        assert log_in(database, "admin", password)
    run("user", "add", "李四")
    assert "--replace" in run("restore", "house.jsonl.gz", code=1)
    assert "李四" in run("user", "list")
    run("restore", "house.jsonl.gz", "--replace")
    assert "李四" not in run("user", "list")


def test_old_requests_are_pruned_as_the_settings_say(run: Run) -> None:
    run("init")
    assert "0 requests older than 90 days" in run("requests", "prune")
    with Path("newsroom.yaml").open("a", encoding="utf-8") as file:
        file.write("\nkeep_requests_days: 7\n")
    assert "older than 7 days" in run("requests", "prune")
    assert "older than 3 days" in run("requests", "prune", "--days", "3")


def test_the_database_is_that_of_the_settings_the_environment_or_the_option(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "newsroom.yaml: no such file; caibian newsroom init makes one" in run("user", "list", code=1)
    assert "nowhere.db: no such database" in run("user", "list", "--db", "nowhere.db", code=1)
    assert not Path("nowhere.db").exists()
    run("init")
    run("init", "--config", "other.yaml", "--db", "other.db", "--admin", "chef")
    assert run("user", "list").split() == ["admin", "admin"]
    assert run("user", "list", "--config", "other.yaml").split() == ["chef", "admin"]
    monkeypatch.setenv("CAIBIAN_DB", "other.db")
    assert run("user", "list").split() == ["chef", "admin"]
    assert read_settings(Path("newsroom.yaml")).database == "other.db"


def test_settings_that_are_wrong_name_their_field(run: Run) -> None:
    run("init")
    with Path("newsroom.yaml").open("a", encoding="utf-8") as file:
        file.write("\ntimezone: Asia/Atlantis\n")
    assert "newsroom.yaml: timezone: no time zone is called 'Asia/Atlantis'" in run("user", "list", code=1)
