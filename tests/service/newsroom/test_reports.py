"""Reports of runs over HTTP: the pages of the factory by their names, and no other file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from caibian.service.newsroom import run_pages
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.house import House
from tests.storage.databases import fresh_url
from tests.storage.house import Clock


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """One run of a recipe with an evaluation that was compared and analysed, and one comparison by itself."""
    folder = tmp_path / "runs"
    stage = folder / "city" / "04-evaluation-0a1b"
    stage.mkdir(parents=True)
    (folder / "city" / "run.json").write_text("{}")
    (folder / "city" / "report.html").write_text("<h1>run</h1>")
    (stage / "report.html").write_text("<h1>comparison</h1>")
    (stage / "errors.html").write_text("<h1>errors of the stage</h1>")
    (folder / "city" / "errors.html").write_text("<h1>errors</h1>")
    (folder / "spring").mkdir()
    (folder / "spring" / "report.html").write_text("<h1>spring</h1>")
    (folder / "spring" / "recipe.yaml").write_text("secret: 1")
    (folder / "nothing").mkdir()
    os.utime(folder / "spring" / "report.html", (1, 1))
    return folder


@pytest.fixture
def house(clock: Clock, tmp_path: Path, runs: Path) -> Iterator[House]:
    with housed(fresh_url("sqlite", tmp_path), clock, runs=runs) as made:
        yield made


def test_runs_are_listed_newest_first_with_the_pages_they_have(house: House) -> None:
    found = house.get("reporter", "/reports")
    assert [one["run"] for one in found] == ["city", "spring"]
    assert found[0]["pages"] == {
        "report": "report.html",
        "comparison": "04-evaluation-0a1b/report.html",
        "errors": "errors.html",
    }
    assert found[1]["pages"] == {"comparison": "report.html"}


def test_a_page_comes_as_html_and_of_two_the_run_s_own(house: House) -> None:
    answer = house.ask("operator", "GET", "/reports/city/errors")
    assert answer.text == "<h1>errors</h1>"
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert house.ask("editor", "GET", "/reports/spring/comparison").text == "<h1>spring</h1>"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/city/safety",
        "/reports/city/run.json",
        "/reports/spring/recipe.yaml",
        "/reports/spring/..%2Fcity%2Freport",
        "/reports/..%2Fruns/report",
        "/reports/%2e%2e/report",
        "/reports/nothing/report",
        "/reports/city%00/report",
    ],
)
def test_what_is_no_page_of_a_run_is_not_there(house: House, path: str) -> None:
    assert house.ask("admin", "GET", path).status_code == 404


def test_links_lead_nowhere(house: House, runs: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    (runs / "spring" / "safety.html").symlink_to(secret)
    (runs / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "report.html").write_text("secret")
    assert "safety" not in house.get("admin", "/reports")[1]["pages"]
    house.problem("admin", "GET", "/reports/spring/safety", 404)
    house.problem("admin", "GET", "/reports/elsewhere/comparison", 404)


def test_experts_see_no_reports_and_nobody_without_a_login(house: House) -> None:
    house.problem("expert", "GET", "/reports", 403)
    house.problem("expert", "GET", "/reports/city/report", 403)
    house.problem(None, "GET", "/reports/city/report", 401)


def test_a_house_without_runs_has_no_reports(clock: Clock, tmp_path: Path) -> None:
    with housed(fresh_url("sqlite", tmp_path), clock, runs=tmp_path / "none") as house:
        assert house.get("reporter", "/reports") == []


def test_a_page_too_large_for_a_browser_is_refused(
    house: House, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pages, "MOST_PAGE_BYTES", 10)
    assert "larger than" in house.problem("admin", "GET", "/reports/city/report", 422).message
