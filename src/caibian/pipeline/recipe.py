"""A recipe: one YAML file that names the stages and their settings, validated whole before anything starts.

Relative paths in a recipe mean: from the working directory; where nothing is there, from the folder of the
recipe file.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from caibian.errors import ConfigError
from caibian.pipeline import problems, yaml_text
from caibian.pipeline.problems import Problem
from caibian.pipeline.stages import STAGES

Settings = TypeVar("Settings", bound=BaseModel)


class Description(BaseModel):
    """What a recipe is for, in the languages of the report page."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field("", description="In Chinese.")
    en: str = Field("", description="In English.")


class Header(BaseModel):
    """The settings of a recipe that every stage shares."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^\w[\w.-]*$", description="Names the run directory: runs/<name>.")
    description: Description = Field(default_factory=Description, description="What the recipe is for.")
    seed: int = Field(0, ge=0, lt=2**32, description="Every draw of every stage follows from it.")
    model: str = Field("default", min_length=1, description="A registered model, a path or a hub id.")


@dataclass(frozen=True)
class Recipe:
    """A validated recipe. `stages` holds the settings of the stages it has, in the order they run."""

    header: Header
    stages: dict[str, BaseModel]
    path: Path | None = None
    overrides: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)  # as written, with overrides

    @property
    def name(self) -> str:
        """The name of the recipe and of its run directory."""
        return self.header.name


def shipped() -> dict[str, Path]:
    """The recipes that come with Caibian, by name."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def describe(path: Path) -> str:
    """What a recipe file says it is for, in English, without validating it."""
    data, _ = yaml_text.parse(path.read_text(encoding="utf-8-sig"), str(path))
    return str(data.get("description", {}).get("en", ""))


def find(reference: str | Path) -> Path:
    """The file behind a recipe's path or shipped name.

    Raises:
        ConfigError: neither a file nor a shipped recipe; the message lists the names.
    """
    path = Path(reference)
    if path.is_file():
        return path
    known = shipped()
    if str(reference) in known:
        return known[str(reference)]
    raise ConfigError(
        f"{reference}: neither a recipe file nor a shipped recipe ({', '.join(known) or 'none'})"
    )


def load(reference: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read, override and validate a recipe given by path or shipped name.

    `overrides` are `section.key=value` with values as YAML writes them; they win over the file.

    Raises:
        ConfigError: every problem of the recipe, one a line, each with its YAML path and where it stands.
    """
    path = find(reference)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    data, lines = yaml_text.parse(text, str(path))
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: a recipe is a mapping with sections such as {', '.join(STAGES)}")
    origins = {where: f"line {line}" for where, line in lines.items()}
    data = copy.deepcopy(data)  # YAML anchors share objects; an override must change one place only
    for override in overrides:
        _override(data, override, origins)
    data.setdefault("name", path.stem)
    header, stages, found = validate(data, (Path.cwd(), path.resolve().parent))
    if found or header is None:
        raise ConfigError(_message(str(path), found, origins))
    beside = path.resolve().parent / header.model
    if not Path(header.model).exists() and beside.exists():
        header = header.model_copy(update={"model": str(beside)})
    return Recipe(header, stages, path, tuple(overrides), data)


def validate(
    data: dict[Any, Any], folders: Sequence[Path]
) -> tuple[Header | None, dict[str, BaseModel], list[Problem]]:
    """Validate a whole recipe; `folders` are where its relative paths are looked for, in order.

    Returns the shared settings (None where wrong), the settings of each stage that is right, all problems.
    """
    found: list[Problem] = []
    known = [*Header.model_fields, *STAGES]
    found += [problems.unknown_key((str(key),), known) for key in data if key not in known]
    header = _section(Header, {k: v for k, v in data.items() if k in Header.model_fields}, (), found)
    stages: dict[str, BaseModel] = {}
    for name, stage in STAGES.items():
        if name not in data:
            continue
        settings = _section(stage.config_class(), data[name], (name,), found)
        missing = [u for u in stage.needed(settings) if u not in data]
        if missing:
            found.append(
                Problem((name,), f"needs the section {' and '.join(missing)}, which the recipe lacks")
            )
        if settings is not None:
            stages[name] = _with_paths(settings, folders, (name,), found)
    if not any(name in data for name in STAGES):
        found.append(Problem((), f"the recipe has none of the sections {', '.join(STAGES)}"))
    return header, stages, found


def _section(
    model: type[Settings], data: Any, prefix: Sequence[str], found: list[Problem]
) -> Settings | None:
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        found += problems.of_validation(error, model, data, prefix)
        return None


def _override(data: dict[Any, Any], override: str, origins: dict[tuple[str | int, ...], str]) -> None:
    """Put one `a.b=value` into `data`, making the mappings on the way."""
    dotted, equals, text = override.partition("=")
    name = f"--set {override}"
    parts = dotted.strip().split(".")
    if not equals or "" in parts:
        raise ConfigError(f"{name}: must be section.key=value, e.g. --set training.epochs=2")
    value = yaml_text.parse_value(text, name)
    here: Any = data
    path: list[str | int] = []
    for position, part in enumerate(parts):
        key: str | int = part
        if isinstance(here, list):
            if not part.isdigit() or int(part) >= len(here):
                where = ".".join(map(str, path))
                raise ConfigError(f"{name}: {where} is a list of {len(here)}; give a place from 0")
            key = int(part)
        elif not isinstance(here, dict):
            raise ConfigError(f"{name}: {'.'.join(map(str, path))} is {here!r}, which has no keys")
        path.append(key)
        if position == len(parts) - 1:
            here[key] = value
        elif isinstance(here, dict) and here.get(key) is None:
            here[key] = {}
        here = here[key]
    origins[tuple(path)] = name


def _message(name: str, found: list[Problem], origins: dict[tuple[str | int, ...], str]) -> str:
    lines = []
    for problem in found:
        known = [
            origins[problem.path[:n]] for n in range(len(problem.path), 0, -1) if problem.path[:n] in origins
        ]
        lines.append(f"  {problem}" + (f" ({known[0]})" if known else ""))
    count = f"{len(found)} problems" if len(found) > 1 else "a problem"
    return "\n".join([f"{name} has {count}:", *lines])


def _with_paths(
    value: Any, folders: Sequence[Path], where: tuple[str | int, ...], found: list[Problem]
) -> Any:
    """`value` with every relative Path in it made absolute; a path that leads nowhere is a problem."""
    if isinstance(value, BaseModel):
        fields = {
            k: _with_paths(getattr(value, k), folders, (*where, k), found) for k in type(value).model_fields
        }
        changed = {k: v for k, v in fields.items() if v is not getattr(value, k)}
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, dict):
        return {k: _with_paths(v, folders, (*where, k), found) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_with_paths(v, folders, (*where, i), found) for i, v in enumerate(value))
    if not isinstance(value, Path):
        return value
    tried = [folder / value.expanduser() for folder in folders]
    for path in tried:
        if path.exists():
            return path.resolve()
    places = " nor ".join(dict.fromkeys(str(path.resolve()) for path in tried))
    found.append(
        Problem(
            where,
            f"{value} does not exist (neither {places})" if len(tried) > 1 else f"{value} does not exist",
        )
    )
    return value


def _shipped_folder() -> Path:
    """Inside an installed package `caibian/recipes`; in a checkout `recipes/` beside `src/`."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parents[1] / "recipes"
