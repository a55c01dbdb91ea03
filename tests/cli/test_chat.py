"""`caibian chat` as scripts and people use it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CAIBIAN = [sys.executable, "-c", "from caibian.cli import main; main()"]


def chat(*arguments: str, said: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CAIBIAN, "chat", *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        check=False,
    )


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"你好": "您好！", "empty": "", "*": "Pardon?"}), encoding="utf-8")
    return f"scripted:{path}"


def test_once_prints_the_answer_and_nothing_else(script: str) -> None:
    done = chat(script, "--once", "你好")
    assert (done.returncode, done.stdout, done.stderr) == (0, "您好！\n", "")


def test_once_takes_a_whole_story_from_standard_input(script: str) -> None:
    assert chat(script, "--once", "-", said="你好\n").stdout == "您好！\n"
    assert chat(script, "--once", "-", said="line one\nline two\n").stdout == "Pardon?\n"


def test_without_a_terminal_each_line_is_a_turn(script: str) -> None:
    assert chat(script, said="你好\n\nwhat\n").stdout == "您好！\nPardon?\n"


def test_the_conversation_is_kept_saved_and_cleared(script: str, tmp_path: Path) -> None:
    said = "/system 你是编辑\n你好\nwhat\n/save talk.json\n/clear\n/save cleared.json\n/exit\n你好\n"
    done = chat(script, said=said, cwd=tmp_path)
    assert done.stdout == "您好！\nPardon?\n"  # nothing after /exit
    saved = json.loads((tmp_path / "talk.json").read_text(encoding="utf-8"))
    assert [(m["role"], m["content"]) for m in saved["messages"]] == [
        ("system", "你是编辑"),
        ("user", "你好"),
        ("assistant", "您好！"),
        ("user", "what"),
        ("assistant", "Pardon?"),
    ]
    cleared = json.loads((tmp_path / "cleared.json").read_text(encoding="utf-8"))
    assert [m["role"] for m in cleared["messages"]] == ["system"]


def test_an_unknown_command_shows_the_known_ones(script: str) -> None:
    assert "/save" in chat(script, said="/what\n").stderr


def test_an_empty_answer_is_said_to_be_one(script: str) -> None:
    done = chat(script, "--once", "empty")
    assert (done.returncode, done.stdout) == (0, "\n")
    assert "nothing" in done.stderr


def test_a_failure_does_not_end_the_conversation(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"known": "yes"}), encoding="utf-8")
    done = chat(f"scripted:{path}", said="unknown\nknown\n")
    assert done.stdout == "yes\n"
    assert "error: the script has no answer" in done.stderr
    once = chat(f"scripted:{path}", "--once", "unknown")
    assert once.returncode == 1
    assert "Traceback" not in once.stderr


def test_a_model_that_is_not_there_is_an_error_without_a_traceback() -> None:
    done = chat("/nowhere/model.gguf", "--once", "x")
    assert done.returncode == 1
    assert done.stderr.startswith("error: /nowhere/model.gguf")


def test_ctrl_c_stops_the_answer_and_not_the_conversation(tmp_path: Path) -> None:
    """In a terminal: the kernel turns the typed Ctrl-C into a signal."""
    code = (
        "import sys; from caibian.cli import chat\n"
        "from caibian.models.scripted import ScriptedModel; import caibian.models.open as o\n"
        "o.open_model = lambda *a, **k: ScriptedModel({'long': 'word' * 5000, '*': 'fine'}, seconds_per_token=.01)\n"
        "from caibian.cli import main; main(['chat', 'scripted:x'])"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    seen = b""

    def until(text: bytes) -> None:
        nonlocal seen
        end = time.monotonic() + 60
        while text not in seen:
            ready, _, _ = select.select([ours], [], [], max(0, end - time.monotonic()))
            assert ready, seen
            seen += os.read(ours, 4096)

    try:
        until(b"> ")
        os.write(ours, b"long\n")
        until(b"wordword")
        process.send_signal(signal.SIGINT)
        until(b"(stopped)")
        os.write(ours, b"short\n")
        until(b"fine")
        os.write(ours, b"/exit\n")
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(ours)
