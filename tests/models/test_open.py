"""From references to models."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import ConfigError, ModelError, ModelNotFound
from caibian.files import sha256
from caibian.models import Options, open_model
from tests.models.test_llama_cpp import write_adapter
from tests.models.tiny import tiny_model, tiny_tokenizer, write_tiny_gguf

QUESTION: Any = [{"role": "user", "content": "Write a headline. 市议会批准预算。"}]
SHORT: dict[str, Any] = {"threads": 1, "context": 256}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tokenizer = tiny_tokenizer()
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", tiny_model(tokenizer), tokenizer)


@pytest.fixture
def run(gguf: Path, tmp_path: Path) -> Path:
    """A run directory as `caibian run` leaves it, as far as models are concerned."""
    export = tmp_path / "runs" / "demo" / "05-export-abc"
    export.mkdir(parents=True)
    write_adapter(export / "adapter.gguf")
    base = {"reference": str(gguf), "name": "tiny", "path": str(gguf), "sha256": sha256(gguf)}
    described = {"name": "tiny+caibian", "base": base, "adapter": "adapter.gguf", "merged": {}}
    (export / "model.json").write_text(json.dumps(described))
    (export / "DONE").touch()
    stages = [{"stage": "export", "folder": export.name}]
    (export.parent / "run.json").write_text(json.dumps({"stages": stages}))
    return export.parent


def said(reference: Any, **settings: Any) -> list[float]:
    with open_model(reference, **SHORT, **settings) as model:
        return model.logprobs(QUESTION, "市议会")


def test_a_gguf_file_is_opened_with_llama_cpp(gguf: Path) -> None:
    with open_model(gguf, **SHORT) as model:
        assert (type(model).__name__, model.name) == ("LlamaCpp", "tiny")
    with open_model(str(gguf.parent), **SHORT) as model:  # the only one in its folder
        assert model.name == "tiny"


def test_a_folder_of_safetensors_is_opened_with_transformers(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    tiny_model(tokenizer).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with open_model(tmp_path, dtype="float32") as model:
        assert type(model).__name__ == "TorchChat"
        assert model.generate([QUESTION], Options(max_tokens=2))[0].completion_tokens == 2


def test_a_run_is_its_base_with_its_adapter(run: Path, gguf: Path) -> None:
    tuned = said(run)
    assert tuned == said(run / "05-export-abc")
    assert tuned == said(gguf, adapter=run / "05-export-abc" / "adapter.gguf")
    assert tuned != pytest.approx(said(gguf), abs=0.01)
    with open_model(run, **SHORT) as model:
        assert model.name == "tiny+caibian"


def test_a_run_without_a_finished_export_says_so(run: Path) -> None:
    (run / "05-export-abc" / "DONE").unlink()
    with pytest.raises(ModelNotFound, match="no finished export"):
        open_model(run)


def test_a_base_that_changed_is_not_used(run: Path) -> None:
    source = run / "05-export-abc" / "model.json"
    described = json.loads(source.read_text())
    described["base"]["sha256"] = "0" * 64
    source.write_text(json.dumps(described))
    with pytest.raises(ModelError, match="SHA-256 differs"):
        open_model(run)


def test_a_base_that_moved_is_found_by_its_reference(run: Path, gguf: Path) -> None:
    source = run / "05-export-abc" / "model.json"
    described = json.loads(source.read_text())
    described["base"]["path"] = "/gone/tiny.gguf"
    source.write_text(json.dumps(described))
    assert said(run) != pytest.approx(said(gguf), abs=0.01)


def test_a_broken_description_is_named(run: Path) -> None:
    (run / "05-export-abc" / "model.json").write_text('{"name": "x"')
    with pytest.raises(ModelError, match=r"model\.json: not a readable"):
        open_model(run)


def test_what_is_nowhere_is_not_found() -> None:
    with pytest.raises(ModelNotFound):
        open_model("no-such-model-anywhere")


def test_an_unknown_backend_or_setting_is_named(gguf: Path) -> None:
    with pytest.raises(ConfigError, match=r"backend: must be one of llama\.cpp"):
        open_model(gguf, backend="gpt")
    with pytest.raises(ConfigError, match=r"no setting 'colour'"):
        open_model(gguf, colour="red")


def test_scripts_need_no_weights(tmp_path: Path) -> None:
    assert open_model("scripted:好").generate([QUESTION])[0].text == "好"
    script = tmp_path / "s.json"
    script.write_text('["first", "second"]', encoding="utf-8")
    answers = open_model(f"scripted:{script}").generate([QUESTION] * 3)
    assert [a.text for a in answers] == ["first", "second", "first"]
    script.write_text("7")
    with pytest.raises(ModelError, match="a script is"):
        open_model(f"scripted:{script}")


def test_opening_machinery_is_light() -> None:
    heavy = "torch", "transformers", "xllamacpp", "fastapi"
    code = f"import sys, caibian.models, caibian.cli.chat, caibian.cli.serve; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
