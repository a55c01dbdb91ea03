"""Every test asks its servers afresh, and never waits long for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caibian.downloads import forget_unreachable, http


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(http, "_PAUSE_SECONDS", 0.01)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    forget_unreachable()
    yield
    forget_unreachable()
