"""What tests of every folder use: real data, real weights and a browser, or a skip that says why."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REQUIRE_ALL = os.environ.get("CAIBIAN_REQUIRE_ALL", "") not in ("", "0")

# The cache of the person who runs the tests, read before conftest points CAIBIAN_HOME elsewhere.
USER_HOME = Path(os.environ.get("CAIBIAN_HOME") or Path.home() / ".cache" / "caibian")

_weights: Path | None = None


def shared_data(name: str) -> Path:
    """The path of one real data file, kept outside the repository; skips where it is absent."""
    folder = Path(os.environ.get("CAIBIAN_DATA") or ROOT / ".." / "shared" / "data").resolve()
    path = folder / name
    if not path.exists():
        pytest.skip(f"real data {name} is not in {folder} (set CAIBIAN_DATA)")
    return path


def default_weights() -> Path:
    """The default model's GGUF file, read-only; skips where it is absent.

    Looked for in `CAIBIAN_DEFAULT_GGUF`, then among the weights already pulled on this machine. With
    `CAIBIAN_REQUIRE_ALL=1` missing weights are pulled, once a session.
    """
    global _weights
    if _weights is None:
        _weights = _find_weights()
    return _weights


def _find_weights() -> Path:
    if named := os.environ.get("CAIBIAN_DEFAULT_GGUF"):
        path = Path(named)
        if not path.is_file():
            pytest.fail(f"CAIBIAN_DEFAULT_GGUF={named} is not a file")
        return path
    from caibian.errors import CaibianError
    from caibian.models import registry

    with user_home():
        try:
            return Path(registry.resolve("default", download=REQUIRE_ALL))
        except CaibianError as error:
            pytest.skip(f"the default weights are not here ({error}); run: caibian models pull default")


@contextmanager
def user_home() -> Iterator[None]:
    """Inside the block, `CAIBIAN_HOME` is the person's own cache again."""
    before = os.environ.get("CAIBIAN_HOME")
    os.environ["CAIBIAN_HOME"] = str(USER_HOME)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CAIBIAN_HOME"]
        else:
            os.environ["CAIBIAN_HOME"] = before


def chromium() -> str:
    """The path of a headless-capable Chromium or Chrome; skips where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium for the page tests (make system)")
