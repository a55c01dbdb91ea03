"""What a stage's result depends on, and the hash of it that names the stage's folder.

Settings, seed, contents of the input files, identity of the weights, the hashes of the stages before, and
the code. The code version is not the package's version number, which would let a changed filter reuse old
results in a checkout, and discard all of them at every release. It is a hash over the source of the stage's
package and of every module of Caibian that it imports, directly or not, with comments, docstrings and layout
left out, and over the data files (cards, lexicons) beside those modules. Versions of libraries do not count:
they are recorded in the report, and `--from` redoes a stage under new ones.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from caibian.files import sha256
from caibian.pipeline.stages import Stage

_FORMAT = 1  # raise when the meaning of the parts below changes
_HASH_LENGTH = 12  # hexadecimal digits: 48 bits tell apart the few folders of one stage
_ROOT = Path(__file__).resolve().parents[1]  # src/caibian
_NO_RESULT = {"caibian", "caibian.errors", "caibian.progress"}  # change what a person sees, never a result


def parts(
    stage: Stage,
    settings: BaseModel,
    seed: int,
    weights: Mapping[str, str] | None,
    upstream: Mapping[str, str],
) -> dict[str, Any]:
    """Everything that the result of a stage depends on, as JSON values.

    `weights` identify the model (None for a stage that uses none); `upstream` maps stages to their hashes.
    """
    return {
        "format": _FORMAT,
        "stage": stage.name,
        "settings": _by_content(settings),
        "seed": seed,
        "weights": dict(weights) if weights is not None and stage.uses_model else None,
        "inputs": dict(upstream),
        "code": code_version(stage),
    }


def digest(parts: Mapping[str, Any]) -> str:
    """The hash that names the folder of a stage with these parts."""
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:_HASH_LENGTH]


def differences(old: Mapping[str, Any], new: Mapping[str, Any], stage: str) -> list[str]:
    """In words, why two sets of parts have different hashes: `training.epochs: 1 -> 2`."""
    found = [
        f"{'.'.join((stage, *path))}: {_short(before)} -> {_short(after)}"
        for path, before, after in _changes(old.get("settings"), new.get("settings"), ())
    ]
    if old.get("seed") != new.get("seed"):
        found.append(f"seed: {old.get('seed')} -> {new.get('seed')}")
    if old.get("weights") != new.get("weights"):
        found.append("other weights")
    old_inputs = old.get("inputs", {})
    found += [f"{name} changed" for name, value in new["inputs"].items() if old_inputs.get(name) != value]
    if old.get("code") != new.get("code"):
        found.append("the code of the stage changed")
    return found


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files under a folder."""
    if path.is_file():
        return sha256(path)
    whole = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\0{sha256(file)}\n".encode())
    return whole.hexdigest()


@functools.cache
def code_version(stage: Stage) -> str:
    """Hash of the code that a stage runs; see the head of this module."""
    waiting = [target.partition(":")[0] for target in (stage.run, stage.config)]
    files: dict[str, Path] = {}
    while waiting:
        module = waiting.pop()
        if module in files or module in _NO_RESULT:
            continue
        files[module] = _modules()[module]
        waiting += _imports(files[module], module)
    whole = hashlib.sha256()
    for module in sorted(files):
        whole.update(f"{module}\0{_normal_source(files[module])}\n".encode())
    for file in _data_files({f.parent for f in files.values() if f.name == "__init__.py"}):
        whole.update(f"{file.relative_to(_ROOT).as_posix()}\0{sha256(file)}\n".encode())
    return whole.hexdigest()[:16]


def _by_content(value: Any) -> Any:
    """Settings as JSON values, each path replaced by its name and the hash of what it holds."""
    if isinstance(value, BaseModel):
        return {name: _by_content(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(k): _by_content(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_by_content(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(_by_content(v) for v in value)
    if isinstance(value, Path):
        return {"name": value.name, "sha256": content_hash(value)}
    return value


def _changes(old: Any, new: Any, path: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _changes(old.get(key), new.get(key), (*path, key))
    elif old != new:
        yield path, old, new


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:39] + "…"


@functools.cache
def _modules() -> dict[str, Path]:
    found = {}
    for file in _ROOT.rglob("*.py"):
        names = ("caibian", *file.relative_to(_ROOT).with_suffix("").parts)
        found[".".join(names[:-1] if names[-1] == "__init__" else names)] = file
    return found


def _imports(file: Path, module: str) -> set[str]:
    """The modules of Caibian that a file imports anywhere, functions included, with their packages."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    wanted: set[str] = set()
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            wanted |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    wanted |= {name[: name.rindex(".")] for name in set(wanted) if "." in name}
    return {name for name in wanted if name in _modules()}


@functools.cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes(), filename=str(file))


def _normal_source(file: Path) -> str:
    """The source without comments, docstrings and layout."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body[0] = ast.Pass()
    return ast.unparse(tree)


def _data_files(packages: set[Path]) -> list[Path]:
    files = {
        file
        for package in packages - {_ROOT}
        for file in package.rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc") and "__pycache__" not in file.parts
    }
    return sorted(files)
