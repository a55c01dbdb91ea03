"""A recipe is validated whole, and what is wrong is named with its YAML path, line and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caibian import pipeline
from caibian.errors import ConfigError

VALID = """\
name: tiny
seed: 7
corpus:
  sources:
    - path: news.jsonl
instructions:
  cards: [headline.news]
training:
  learning_rate: 4e-4
  lora:
    rank: 8
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "news.jsonl").write_text("{}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = "tiny.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        pipeline.load(write(folder, text), overrides)
    return str(caught.value)


def test_a_valid_recipe_has_typed_settings_for_the_stages_it_names(folder: Path) -> None:
    recipe = pipeline.load(write(folder, VALID))
    assert list(recipe.stages) == ["corpus", "instructions", "training"]
    assert recipe.header.seed == 7
    assert recipe.stages["training"].lora.rank == 8  # type: ignore[attr-defined]


def test_a_number_with_an_exponent_and_no_dot_is_a_number(folder: Path) -> None:
    recipe = pipeline.load(write(folder, VALID))
    assert recipe.data["training"]["learning_rate"] == 4e-4


def test_a_wrong_value_is_named_by_path_bound_value_and_line(folder: Path) -> None:
    text = problems(folder, VALID.replace("rank: 8", "rank: -4"))
    assert "training.lora.rank: must be > 0, got -4 (line 11)" in text


def test_every_problem_is_listed_not_only_the_first(folder: Path) -> None:
    text = problems(
        folder, VALID.replace("rank: 8", "rank: -4").replace("seed: 7", "seed: many").replace("4e-4", "0")
    )
    assert "has 3 problems" in text
    for path in ("training.lora.rank: ", "training.learning_rate: ", "seed: "):
        assert f"  {path}" in text


@pytest.mark.parametrize(
    ("wrong", "right", "path"),
    [
        ("rank: 8", "rnak: 8", "training.lora.rnak: unknown key; did you mean rank? (line 11)"),
        ("training:", "trainng:", "trainng: unknown key; did you mean training? (line 8)"),
        ("- path:", "- pth:", "corpus.sources.0.pth: unknown key; did you mean path? (line 5)"),
    ],
)
def test_an_unknown_key_suggests_the_nearest_known_one(
    folder: Path, wrong: str, right: str, path: str
) -> None:
    assert path in problems(folder, VALID.replace(wrong, right))


def test_an_unknown_key_like_no_other_lists_the_known_ones(folder: Path) -> None:
    assert "training.lora.zzz: unknown key; known keys: alpha, dropout, rank, targets" in problems(
        folder, VALID.replace("rank: 8", "zzz: 8")
    )


def test_a_union_is_one_problem_that_says_what_each_member_wants(folder: Path) -> None:
    text = problems(folder, VALID.replace("rank: 8", "targets: 3"))
    assert "training.lora.targets: must be a list or 'all-linear', got 3 (line 11)" in text
    assert "a problem" in text


def test_a_key_given_twice_is_an_error_with_both_lines(folder: Path) -> None:
    assert "line 12: seed: given twice (first on line 2)" in problems(folder, VALID + "seed: 8\n")


def test_broken_yaml_names_file_and_line(folder: Path) -> None:
    assert "tiny.yaml, line 3: not valid YAML" in problems(folder, "name: tiny\nseed: 1\n  bad: [\n")


def test_a_text_that_is_no_mapping_is_refused(folder: Path) -> None:
    assert "a recipe is a mapping with sections" in problems(folder, "- corpus\n")


def test_a_recipe_without_any_stage_is_refused(folder: Path) -> None:
    assert "none of the sections" in problems(folder, "name: tiny\n")


def test_a_stage_without_what_it_builds_on_is_refused(folder: Path) -> None:
    text = problems(folder, "name: tiny\ntraining: {}\n")
    assert "training: needs the section instructions, which the recipe lacks (line 2)" in text


def test_a_file_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "wide.yaml").write_bytes("name: 新闻".encode("gb18030"))
    with pytest.raises(ConfigError, match="cannot be read as UTF-8"):
        pipeline.load(folder / "wide.yaml")


def test_a_source_that_does_not_exist_is_found_before_anything_runs(folder: Path) -> None:
    text = problems(folder, VALID.replace("news.jsonl", "gone.jsonl"))
    assert "corpus.sources.0.path: gone.jsonl does not exist" in text
    assert "(line 5)" in text


def test_paths_are_looked_up_from_the_working_directory_then_from_the_recipe(folder: Path) -> None:
    below = folder / "recipes"
    below.mkdir()
    recipe = write(below, VALID)
    assert pipeline.load(recipe).stages["corpus"].sources[0].path == folder / "news.jsonl"  # type: ignore[attr-defined]
    (below / "news.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "news.jsonl").unlink()
    assert pipeline.load(recipe).stages["corpus"].sources[0].path == below / "news.jsonl"  # type: ignore[attr-defined]


def test_a_model_beside_the_recipe_is_found_from_anywhere(folder: Path) -> None:
    below = folder / "recipes"
    below.mkdir()
    (below / "own.gguf").write_bytes(b"GGUF")
    assert pipeline.load(write(below, "model: own.gguf\n" + VALID)).header.model == str(below / "own.gguf")
    assert pipeline.load(write(below, "model: org/name\n" + VALID)).header.model == "org/name"


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("training.lora.rank=32", ("training", "lora", "rank"), 32),
        ("training.learning_rate=1e-3", ("training", "learning_rate"), 1e-3),
        ("training.early_stopping=null", ("training", "early_stopping"), None),
        ("training.lora.targets=[q_proj, v_proj]", ("training", "lora", "targets"), ["q_proj", "v_proj"]),
        ("corpus.filters.min_characters=9", ("corpus", "filters", "min_characters"), 9),
        ("corpus.sources.0.language=zh", ("corpus", "sources", 0, "language"), "zh"),
        ("corpus.sources.0.source=a=b", ("corpus", "sources", 0, "source"), "a=b"),
    ],
)
def test_set_changes_one_setting_as_yaml_would_write_it(
    folder: Path, override: str, path: tuple[str | int, ...], value: object
) -> None:
    found: object = pipeline.load(write(folder, VALID), [override]).stages[str(path[0])]
    for part in path[1:]:
        found = (
            found[part] if isinstance(found, list) and isinstance(part, int) else getattr(found, str(part))
        )
    assert found == value


def test_set_reaches_the_shared_settings(folder: Path) -> None:
    recipe = pipeline.load(write(folder, VALID), ["seed=99", "name=other"])
    assert (recipe.header.seed, recipe.name) == (99, "other")


def test_a_wrong_value_that_came_by_set_is_blamed_on_set(folder: Path) -> None:
    assert "training.lora.rank: must be > 0, got 0 (--set training.lora.rank=0)" in problems(
        folder, VALID, "training.lora.rank=0"
    )


@pytest.mark.parametrize(
    "override", ["training", "=3", "training..rank=3", "seed.x=1", "corpus.sources.4.path=x"]
)
def test_a_set_that_names_no_place_is_refused(folder: Path, override: str) -> None:
    assert f"--set {override}" in problems(folder, VALID, override)


def test_set_does_not_leak_through_yaml_anchors(folder: Path) -> None:
    text = VALID + "evaluation:\n  baselines: &b {tfidf: false}\n"
    recipe = pipeline.load(write(folder, text), ["evaluation.baselines.random=false"])
    assert not recipe.stages["evaluation"].baselines.tfidf  # type: ignore[attr-defined]


def test_a_name_that_leaves_the_runs_folder_is_refused(folder: Path) -> None:
    assert "name: " in problems(folder, VALID.replace("name: tiny", "name: ../../etc"))


def test_a_shipped_recipe_is_found_by_name_and_a_wrong_name_lists_them() -> None:
    assert {"demo", "headlines-xinhua"} <= set(pipeline.shipped())
    assert pipeline.find("demo").name == "demo.yaml"
    with pytest.raises(ConfigError, match=r"neither a recipe file nor a shipped recipe \(.*demo"):
        pipeline.find("dmeo")


def test_the_shipped_demo_is_valid() -> None:
    recipe = pipeline.load("demo")
    assert list(recipe.stages) == ["corpus", "instructions", "training", "evaluation", "export"]


def test_shipped_recipes_open_with_the_command_that_runs_them() -> None:
    for path in pipeline.shipped().values():
        assert re.match("# caibian (run|instruct build) ", path.read_text(encoding="utf-8")), path
