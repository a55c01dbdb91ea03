"""A run keeps what it finished, redoes what changed and nothing else, and says why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from caibian import pipeline
from caibian.pipeline import plan
from caibian.records import Example, Report, read_parquet
from tests.pipeline import tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose run has ended undisturbed. Tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("finished")
    tiny.project(folder)
    tiny.caibian(folder, "run", "tiny.yaml")
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "project")


def steps(folder: Path, monkeypatch: pytest.MonkeyPatch, *overrides: str, **options: str) -> list[plan.Step]:
    monkeypatch.chdir(folder)
    made = plan.make(pipeline.load("tiny.yaml", overrides), folder / "runs", **options)
    return list(made.steps)


def test_every_stage_leaves_its_outputs_its_report_and_the_marker(finished: Path) -> None:
    for stage in ("corpus", "instructions"):
        folder = tiny.stage_folder(finished, stage)
        report = Report.read(folder)
        assert (folder / "DONE").exists()
        assert report.stage == stage
        assert report.seed == 3
        assert report.seconds > 0
        assert report.peak_memory_mb > 20
        assert report.versions["pyarrow"]
    examples = read_parquet(tiny.stage_folder(finished, "instructions") / "train.parquet", Example)
    assert {example.card for example in examples} == {"headline.news", "sentiment.news"}


def test_the_run_directory_holds_the_recipe_as_it_ran_and_a_page(project: Path) -> None:
    tiny.caibian(project, "run", "tiny.yaml", "--set", "instructions.max_input_chars=200")
    run = project / "runs" / "tiny"
    assert "max_input_chars: 200" in (run / "recipe.yaml").read_text(encoding="utf-8")
    assert (run / "report.html").stat().st_size > 1000
    state = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert [entry["status"] for entry in state["stages"]] == ["done", "done"]
    assert state["command"].startswith("caibian run tiny.yaml --set instructions.max_input_chars=200")
    assert state["finished"] >= state["started"]


def test_a_finished_run_has_nothing_to_do(project: Path) -> None:
    before = tiny.files_under(project / "runs" / "tiny", ["0*/**/*.parquet", "0*/*.json", "0*/DONE"])
    times = {f: f.stat().st_mtime_ns for f in (project / "runs").rglob("*.parquet")}
    output = tiny.caibian(project, "run", "tiny.yaml")
    assert "[1/2] corpus: done" in output
    assert "[2/2] instructions: done" in output
    assert tiny.files_under(project / "runs" / "tiny", ["0*/**/*.parquet", "0*/*.json", "0*/DONE"]) == before
    assert {f: f.stat().st_mtime_ns for f in (project / "runs").rglob("*.parquet")} == times


def test_a_changed_setting_redoes_its_stage_and_those_after_it_only(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, instructions = steps(finished, monkeypatch, "instructions.max_input_chars=200")
    assert corpus.state == "done"
    assert instructions.state == "todo"
    assert instructions.why == ("instructions.max_input_chars: 300 -> 200",)
    corpus, instructions = steps(finished, monkeypatch, "corpus.filters.min_characters=60")
    assert corpus.why == ("corpus.filters.min_characters: 50 -> 60",)
    assert instructions.why == ("corpus changed",)


def test_a_changed_seed_redoes_everything(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [step.why[0] for step in steps(finished, monkeypatch, "seed=4")] == ["seed: 3 -> 4"] * 2


def test_a_changed_source_file_is_noticed_by_its_content_not_its_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = project / "news.jsonl"
    archive.write_bytes(archive.read_bytes())
    assert [step.state for step in steps(project, monkeypatch)] == ["done", "done"]
    archive.write_text(archive.read_text(encoding="utf-8").replace("首日", "头天", 1), encoding="utf-8")
    corpus, _ = steps(project, monkeypatch)
    assert corpus.state == "todo"
    assert "corpus.sources" in corpus.why[0]


def test_a_project_that_moved_elsewhere_keeps_its_results(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [step.state for step in steps(project, monkeypatch)] == ["done", "done"]


def test_dry_run_shows_the_plan_and_its_reasons_and_changes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    output = tiny.caibian(
        project, "run", "tiny.yaml", "--dry-run", "--set", "instructions.max_input_chars=200"
    )
    assert [line.split()[:2] for line in output.splitlines()[1:3]] == [["done", "corpus"], ["to", "do"]]
    assert "instructions.max_input_chars: 300 -> 200" in output
    assert sorted(project.rglob("*")) == before


def test_from_does_a_stage_again_and_ends_with_the_same_bytes(project: Path) -> None:
    folder = tiny.stage_folder(project, "instructions")
    before = tiny.files_under(folder, ["*.parquet"])
    time_before = (folder / "DONE").stat().st_mtime_ns
    output = tiny.caibian(project, "run", "tiny.yaml", "--from", "instructions")
    assert "corpus: done" in output
    assert "instructions: again (--from)" in output
    assert (folder / "DONE").stat().st_mtime_ns > time_before
    assert tiny.files_under(folder, ["*.parquet"]) == before


def test_from_a_stage_that_the_recipe_lacks_is_an_error(project: Path) -> None:
    output = tiny.caibian(project, "run", "tiny.yaml", "--from", "training", status=1)
    assert "error: --from training: the recipe has corpus, instructions" in output


def test_old_stage_folders_are_kept_until_they_are_cleaned(project: Path) -> None:
    tiny.caibian(project, "run", "tiny.yaml", "--set", "instructions.max_input_chars=200")
    run = project / "runs" / "tiny"
    assert len(list(run.glob("02-instructions-*"))) == 2
    assert "old          02-instructions-" in tiny.caibian(project, "runs", "list")
    assert "goes on" not in tiny.caibian(project, "run", "tiny.yaml", "--dry-run")  # either settings are done
    tiny.caibian(project, "runs", "clean", "runs/tiny")
    (left,) = run.glob("02-instructions-*")
    assert left.name == json.loads((run / "run.json").read_text(encoding="utf-8"))["stages"][1]["folder"]


def test_a_failed_stage_is_one_clear_line_and_a_mended_run_goes_on(project: Path) -> None:
    wrong = ("--set", "instructions.min_examples=9999")
    output = tiny.caibian(project, "run", "tiny.yaml", *wrong, status=1)
    assert "error: instructions: card headline.news has" in output
    assert "Traceback" not in output
    state = json.loads((project / "runs" / "tiny" / "run.json").read_text(encoding="utf-8"))
    assert [entry["status"] for entry in state["stages"]] == ["done", "failed"]
    assert "goes on  instructions" in tiny.caibian(project, "run", "tiny.yaml", *wrong, "--dry-run")
    assert "Traceback" in tiny.caibian(project, "--debug", "run", "tiny.yaml", *wrong, status=1)
    assert "corpus: done" in tiny.caibian(project, "run", "tiny.yaml")


def test_a_wrong_recipe_starts_nothing(tmp_path: Path) -> None:
    tiny.project(tmp_path)
    output = tiny.caibian(tmp_path, "run", "tiny.yaml", "--set", "instructions.crads=[]", status=1)
    assert "error: tiny.yaml has a problem:" in output
    assert "instructions.crads: unknown key; did you mean cards?" in output
    assert not (tmp_path / "runs").exists()


def test_the_page_is_drawn_again_on_request(project: Path) -> None:
    page = project / "runs" / "tiny" / "report.html"
    page.unlink()
    assert "report.html" in tiny.caibian(project, "report", "runs/tiny")
    assert page.exists()
