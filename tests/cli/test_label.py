"""`caibian label` as a desk uses it: label files, then have a script stop at those without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caibian.cli import main
from tests.publishing.files import UNLABELLED

PRODUCER = "001191110102MAD55U9H0F10002"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for kind, data in UNLABELLED.items():
        Path(f"file-{kind}").write_bytes(data)  # no suffix: formats are known by content
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["label", *arguments])
    said = capsys.readouterr()
    assert (caught.value.code or 0) == code, said
    return said.out + said.err


def test_files_are_labelled_and_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(path.name for path in folder.iterdir())
    said = run(capsys, "verify", "file-png", "file-pdf", code=1)
    assert said.count("no implicit label") == 2
    assert run(capsys, "add", "--producer", PRODUCER, *files).count("labelled, ProduceID") == len(files)
    said = run(capsys, "verify", "file-png", "file-jpeg")
    assert said.count(PRODUCER) == 2
    assert "1, AI-generated" in said
    # Texts need visible words too, and are told so.
    assert "no visible label" in run(capsys, "verify", "file-docx", code=1)
    lines = run(capsys, "verify", "--json", "file-png", "file-pdf", code=1).splitlines()
    found = [json.loads(line) for line in lines]
    assert [(each["format"], each["aigc"]["ContentProducer"]) for each in found] == [
        ("png", PRODUCER),
        ("pdf", PRODUCER),
    ]


def test_the_original_stays_where_a_folder_is_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "--producer", PRODUCER, "--produce-id", "photo-7", "--output", "out", "file-png")
    assert Path("file-png").read_bytes() == UNLABELLED["png"]
    assert "photo-7" in run(capsys, "verify", "out/file-png")


def test_words_are_drawn_on_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "--producer", PRODUCER, "--draw", "--text", "AI-generated", "file-png")
    assert len(Path("file-png").read_bytes()) != len(UNLABELLED["png"])
    said = run(capsys, "add", "--producer", PRODUCER, "--draw", "file-pdf", "file-jpeg", code=1)
    assert "file-pdf: words are drawn on PNG and JPEG alone" in said
    assert "file-jpeg: labelled" in said  # one file that cannot does not keep the others from it
    assert Path("file-pdf").read_bytes() == UNLABELLED["pdf"]


def test_settings_of_the_house_name_the_producer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("newsroom.yaml").write_text(
        "engines: [{name: a, url: http://127.0.0.1:9/v1}]\nlabels: {producer: 001191, propagator: paper-1}\n",
        encoding="utf-8",
    )
    run(capsys, "add", "--settings", "newsroom.yaml", "file-png")
    (line,) = run(capsys, "verify", "--json", "file-png").splitlines()
    found = json.loads(line)["aigc"]
    assert (found["ContentProducer"], found["ContentPropagator"]) == ("001191", "paper-1")


def test_wrong_use_names_the_option(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--producer:" in run(capsys, "add", "file-png", code=1)
    assert "--certainty:" in run(capsys, "add", "--producer", "x", "--certainty", "4", "file-png", code=1)
    twice = ("--producer", "x", "--produce-id", "1", "file-png", "file-pdf")
    assert "--produce-id:" in run(capsys, "add", *twice, code=1)
    assert "absent: cannot be read" in run(capsys, "verify", "absent", code=1)


def test_names_that_would_steer_a_terminal_are_shown_harmless(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = json.dumps({"Label": "1", "ContentProducer": "\x1b[2J[bold]x", "ProduceID": "1"})
    Path("page").write_text(f"<html><meta name=AIGC content='{label}'>本页由AI生成</html>", encoding="utf-8")
    said = run(capsys, "verify", "page", code=1)
    assert "\x1b[2J" not in said
    assert "[2J[bold]x" in said
