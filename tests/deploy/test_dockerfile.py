"""The image, as far as it can be tried without a container engine: its steps carried out, and what they make run."""

from __future__ import annotations

import re
import signal
import subprocess
import sysconfig
import time
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest

from caibian.sockets import listen
from tests.deploy.steps import DOCKERFILE, ROOT, Step, carry_out, environment, parse

STEPS = parse(DOCKERFILE.read_text(encoding="utf-8"))


def last(word: str) -> str:
    return [step.rest for step in STEPS if step.word == word][-1]


def test_the_image_has_two_stages_and_ends_as_a_user_without_rights() -> None:
    assert [step.rest.split()[-1] for step in STEPS if step.word == "FROM"] == [
        "build",
        "python:${PYTHON}-slim",
    ]
    user = last("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    # Nothing is done as root behind it.
    after = STEPS[STEPS.index(Step("USER", user)) + 1 :]
    assert not [step for step in after if step.word in ("RUN", "COPY", "USER")]


def test_the_image_holds_what_its_python_wants_and_no_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chosen = next(step.rest.partition("=")[2] for step in STEPS if step.rest.startswith("EXTRAS="))
    wanted = [*project["dependencies"]]
    for extra in chosen.split(","):
        wanted += project["optional-dependencies"][extra]
    assert not [each for each in wanted if re.match(r"(torch|transformers|nvidia|caibian)\b", each)]
    version = next(step.rest.partition("=")[2] for step in STEPS if step.rest.startswith("PYTHON="))
    assert project["requires-python"] == f">={version}"


def test_everything_that_is_copied_is_let_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in let_through
    for step in STEPS:
        if step.word == "COPY" and not step.rest.startswith("--from"):
            for source in step.rest.split()[:-1]:
                assert f"!{source}" in let_through
                assert (ROOT / source).exists()


@pytest.mark.slow
def test_the_steps_make_a_service_that_runs_is_healthy_and_stops(tmp_path: Path) -> None:
    """Libraries are this environment's own, so that no network is needed; all else is as the Dockerfile has it."""
    alike = {"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    image = carry_out(tmp_path, alike | {"PIP_NO_BUILD_ISOLATION": "0", "PIP_CONSTRAINT": ""})
    assert len(image.left_out) == 3
    with listen("127.0.0.1", 0) as free:
        port = str(free.getsockname()[1])
    (tmp_path / "etc/caibian/newsroom.yaml").write_text(
        "engines: [{name: house, model: echo, backend: scripted}]\n", encoding="utf-8"
    )
    env = environment(image) | {"PYTHONPATH": alike["PYTHONPATH"], "CAIBIAN_DB": str(tmp_path / "house.db")}
    own = [part.replace("/etc", f"{tmp_path}/etc").replace("8000", port) for part in image.cmd]
    entry = str(tmp_path / "opt/caibian/bin" / image.entrypoint[0])
    process = subprocess.Popen(
        [entry, *own], env=env, cwd=tmp_path / "var/lib/caibian", stderr=subprocess.PIPE, text=True
    )
    try:
        probe = [part.replace("8000", port) for part in image.healthcheck]
        probe[0] = str(tmp_path / "opt/caibian/bin" / probe[0])
        _wait(probe, env, process)
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30) as answer:
            assert answer.status == 200
        code = "import caibian; print(caibian.__file__)"
        where = subprocess.run([probe[0], "-c", code], env=env, capture_output=True, text=True, check=True)
        assert where.stdout.startswith(str(tmp_path))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.communicate()


def _wait(probe: list[str], env: dict[str, str], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while subprocess.run(probe, env=env, stderr=subprocess.DEVNULL).returncode:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "never healthy"
        time.sleep(0.3)
