"""The Dockerfile's steps as a script: what an image would be made of, made in a folder, without a container engine.

    python -m tests.deploy.steps FOLDER          # with the network, as `docker build` would: `make image-steps`

Every path of the image is that path below the folder. Both stages share the folder, so what one copies from the other is
there already. Steps that only a root can do (packages of Debian, accounts, owners) are told and left out.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
_OF_ROOT = ("apt-get", "groupadd", "useradd", "chown")
_PATHS = re.compile(r"(?<![\w./:-])/(opt/caibian|src|etc/caibian|var/lib/caibian)\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    word: str
    rest: str


@dataclass(slots=True)
class Image:
    """What the last stage says of the image."""

    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    ports: list[int] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # step -> what it took


def parse(text: str) -> list[Step]:
    """The instructions of a Dockerfile; comments are left out, continued lines are one."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    words = (line.strip().split(None, 1) for line in joined.splitlines() if line.strip())
    return [Step(pair[0].upper(), pair[1] if len(pair) > 1 else "") for pair in words]


def carry_out(folder: Path, more: Mapping[str, str] | None = None) -> Image:
    """Carry the steps out below `folder`; `more` are environment variables for the RUN steps."""
    image, args = Image(), dict[str, str]()
    for step in parse(DOCKERFILE.read_text(encoding="utf-8")):
        rest = _expanded(step.rest, {**os.environ, **args, **image.env}) if step.word != "RUN" else step.rest
        if step.word == "FROM":
            image = Image(left_out=image.left_out, seconds=image.seconds)
        elif step.word == "ARG":
            name, _, value = rest.partition("=")
            args.setdefault(name, value)
        elif step.word == "ENV":
            name, _, value = rest.partition("=")
            image.env[name] = _below(folder, value) if value.startswith("/") else value
        elif step.word == "WORKDIR":
            image.workdir = rest
            _there(folder, rest).mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY" and not rest.startswith("--from="):
            *sources, target = rest.split()
            for source in sources:
                _copy(ROOT / source, _target(folder, image.workdir, target, source))
        elif step.word == "RUN":
            _run(step.rest, folder, image, {**args, **(more or {})})
        elif step.word == "USER":
            image.user = rest
        elif step.word == "EXPOSE":
            image.ports = [int(port) for port in rest.split()]
        elif step.word == "HEALTHCHECK":
            image.healthcheck = json.loads(rest.partition("CMD ")[2])
        elif step.word == "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        elif step.word == "CMD":
            image.cmd = json.loads(rest)
    return image


def environment(image: Image) -> dict[str, str]:
    """What a container's process would have in its environment, on this machine's."""
    return {**os.environ, **image.env}


def _run(command: str, folder: Path, image: Image, more: Mapping[str, str]) -> None:
    if any(word in shlex.split(command) for word in _OF_ROOT):
        image.left_out.append(command)
        return
    began = time.monotonic()
    subprocess.run(
        ["/bin/sh", "-c", _below(folder, command)],
        cwd=_there(folder, image.workdir),
        env={**environment(image), **more},
        check=True,
        stdout=sys.stderr,
    )
    image.seconds[command] = time.monotonic() - began


def _below(folder: Path, text: str) -> str:
    return _PATHS.sub(lambda found: f"{folder}{found[0]}", text)


def _there(folder: Path, path: str) -> Path:
    return folder / path.lstrip("/")


def _target(folder: Path, workdir: str, target: str, source: str) -> Path:
    base = _there(folder, target if target.startswith("/") else f"{workdir}/{target}")
    return base / Path(source).name if target.endswith("/") else base


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], ""), text)


if __name__ == "__main__":
    made = carry_out(Path(sys.argv[1]).absolute())
    for command, seconds in made.seconds.items():
        print(f"{seconds:6.1f} s  {command}")
    for command in made.left_out:
        print(f"left out  {command}")
