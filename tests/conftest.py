"""Rules for all tests: fixed seeds, a cache of their own, and no silent skips where all is required."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Generator, Iterator

import numpy
import pytest
from hypothesis import HealthCheck, settings

from tests import support

# A shared or slow machine must not turn a correct property into a failure by its clock.
settings.register_profile(
    "caibian", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("caibian")

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("PYTHONHASHSEED", "0")  # for the processes that tests start
# A background job of a shell has Ctrl-C ignored, and so would everything that its tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests never write into the cache of the person who runs them."""
    before = os.environ.get("CAIBIAN_HOME")
    os.environ["CAIBIAN_HOME"] = str(tmp_path_factory.mktemp("caibian-home"))
    yield
    if before is None:
        del os.environ["CAIBIAN_HOME"]
    else:
        os.environ["CAIBIAN_HOME"] = before


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(0)
    numpy.random.seed(0)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With CAIBIAN_REQUIRE_ALL=1 what was skipped has failed, for the reason of its skip."""
    if support.REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CAIBIAN_REQUIRE_ALL=1, but it was skipped: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what this machine could not run."""
    if skipped := len(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(
            f"{skipped} tests did not run on this machine; CAIBIAN_REQUIRE_ALL=1 makes that a failure.",
            yellow=True,
        )
