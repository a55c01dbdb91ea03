"""The command line starts light, and its errors are one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.tiny import caibian

_HEAVY = (
    "torch transformers pyarrow sklearn jieba numpy matplotlib xllamacpp fastapi httpx trafilatura opencc peft "
    "rensa sacrebleu"
)

_LOADED = """
import sys
{what}
print(",".join(name for name in {heavy!r}.split() if name in sys.modules))
"""


def loaded(what: str) -> str:
    """Which heavy libraries are loaded after `what`; its own output goes to standard error."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(what=what, heavy=_HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def test_importing_the_package_loads_no_heavy_library() -> None:
    assert loaded("import caibian") == ""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["recipes", "list"], ["models", "--help"], ["--version"]]
)
def test_help_loads_no_library_that_computes(arguments: list[str]) -> None:
    what = f"""
import contextlib
from caibian.cli import main
with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
    main({arguments!r})
"""
    assert loaded(what) == ""


def test_every_verb_has_help(tmp_path: Path) -> None:
    overview = caibian(tmp_path, "--help")
    for verb in ("run", "recipes", "runs", "report", "models", "data", "chat", "serve"):
        assert f"  {verb} " in overview
        assert "Usage: caibian " in caibian(tmp_path, verb, "--help")


def test_the_version_needs_no_verb(tmp_path: Path) -> None:
    from caibian import __version__

    assert caibian(tmp_path, "--version").strip() == f"caibian {__version__}"


def test_an_unknown_recipe_is_one_line_without_traceback(tmp_path: Path) -> None:
    output = caibian(tmp_path, "run", "nothing", status=1)
    assert output.startswith("error: nothing: neither a recipe file nor a shipped recipe")
    assert len(output.strip().splitlines()) == 1


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in caibian(tmp_path, "--debug", "run", "nothing", status=1)


def test_a_wrong_option_is_a_usage_error(tmp_path: Path) -> None:
    assert "--fast" in caibian(tmp_path, "run", "demo", "--fast", status=2)


def test_recipes_are_listed_with_what_they_are_for(tmp_path: Path) -> None:
    output = caibian(tmp_path, "recipes", "list")
    assert "demo " in output
    assert "headlines-xinhua " in output
    assert "Fine-tune the default model" in output


def test_a_recipe_is_copied_once_and_never_over_a_file(tmp_path: Path) -> None:
    caibian(tmp_path, "recipes", "copy", "demo")
    assert (tmp_path / "demo.yaml").read_text(encoding="utf-8").startswith("# caibian run demo")
    assert "error: demo.yaml exists" in caibian(tmp_path, "recipes", "copy", "demo", status=1)
    assert "no shipped recipe" in caibian(tmp_path, "recipes", "copy", "dmeo", status=1)


def test_check_says_what_is_wrong_without_running(tmp_path: Path) -> None:
    assert "valid; stages corpus" in caibian(tmp_path, "recipes", "check", "demo")
    output = caibian(tmp_path, "recipes", "check", "demo", "--set", "training.lora.rank=-4", status=1)
    assert "training.lora.rank: must be > 0, got -4 (--set training.lora.rank=-4)" in output
    assert sorted(tmp_path.iterdir()) == []


def test_runs_of_an_empty_folder_are_none(tmp_path: Path) -> None:
    assert "no runs in runs" in caibian(tmp_path, "runs", "list")
    assert "no run here" in caibian(tmp_path, "runs", "clean", "runs/x", status=1)
