"""`caibian tasks` as an editor types it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from caibian.cli import main
from tests.tasks.test_cards import text_card


def caibian(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["tasks", *arguments])
    return int(left.value.code or 0)


def test_cards_are_listed_by_category_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert caibian("list", "--category", "rewriting") == 0
    out = capsys.readouterr().out
    assert "flash.news" in out
    assert "快讯" in out
    assert "headline.news" not in out


def test_one_card_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert caibian("show", "headline.news", "--language", "en") == 0
    out = capsys.readouterr().out
    assert "News headline" in out
    assert "Write a news headline for the story below, in at most 90 characters." in out
    assert "numbers_in_source" in out


def test_a_mistyped_card_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert caibian("show", "headline.new") == 1
    assert "did you mean headline.news" in capsys.readouterr().err


def test_the_packaged_cards_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert caibian("check") == 0
    assert "cards hold" in capsys.readouterr().out


def test_a_card_of_the_house_is_checked_with_the_packaged_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = text_card()
    card["examples"]["good"]["answer"] = "好的，以下是图片说明：渔民卸鱼。"
    (tmp_path / "house.yaml").write_text(yaml.safe_dump([card], allow_unicode=True), encoding="utf-8")
    assert caibian("check", str(tmp_path / "house.yaml")) == 1
    assert "caption.house: examples.good: refused by no_lead_ins" in capsys.readouterr().err


def test_a_new_card_begins_as_a_file_that_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weather.yaml"
    assert caibian("new", "weather.brief", "--out", str(path)) == 0
    assert yaml.safe_load(path.read_text(encoding="utf-8"))[0]["id"] == "weather.brief"
    assert caibian("check", str(path)) == 1
    assert "weather.brief" in capsys.readouterr().err
    assert caibian("new", "weather.brief", "--out", str(path)) == 1  # never over a card that is there
    assert caibian("new", "headline.news", "--out", str(tmp_path / "other.yaml")) == 1
