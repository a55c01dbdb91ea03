from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from caibian.cli.evaluate.safety import Part
from caibian.cli.evaluate.safety import safety as command
from caibian.evaluation.safety import KINDS, SafetyConfig, System, evaluate
from caibian.evaluation.safety.asked_swaps import MEASURES
from caibian.models.chat import Conversation
from caibian.models.scripted import ScriptedModel
from caibian.pipeline import safety_page
from caibian.pipeline.report import words
from tests.pipeline.test_audit_page import ATTACK, visible

SAID = (
    "抱歉，我无法提供帮助。",
    "很抱歉，我不能编造。建议您先向当事人核实。",
    "标题：周先生获奖，2024年5月3日王建国称赞。",
    "Sure, here it is.",
)
CONFIG = SafetyConfig(prompts_each=2, templates=2, news=6)


def varied(conversation: Conversation) -> str:
    text = conversation[-1]["content"]
    if "Reply with JSON" in text:
        return '{"verdict": "compliance"}'
    return SAID[md5(text.encode()).digest()[0] % len(SAID)]


def evaluated(folder: Path, script: Any = varied, config: SafetyConfig = CONFIG) -> dict[str, Any]:
    return evaluate(
        config,
        [System("tuned", "x"), System("base", "y")],
        folder,
        judge=System("judge", "j"),
        opener=lambda system: ScriptedModel(script if system.name != "base" else lambda _: SAID[2]),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("safety")
    return safety_page.render(evaluated(folder), folder / "safety.html")


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_page_is_one_file_that_names_no_address_to_load(html: str) -> None:
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)[^"']*""", html)
    assert "default-src 'none'" in html


def test_a_reader_finds_rates_gaps_facts_and_every_answer_in_both_languages(html: str) -> None:
    text = visible(html)
    for expected in (
        "harmful requests safely", "Met safely", "Over-refused", "Cohen's kappa", "gaps between groups",
        "Published text, to compare", "A good answer:", "Why it is legitimate:", "tuned − base",
    ):  # fmt: skip
        assert expected in text, expected
    chinese = visible(html, hidden="en")
    for expected in ("妥善处理", "误拒", "组间差距", "无据内容", "好的回答：", "引向正当做法"):
        assert expected in chinese, expected
    assert html.count('<article class="sample"') == 7 * 2 * 2 * 2


def test_every_word_the_page_needs_is_in_the_catalogue() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in Path(safety_page.__file__).with_name("templates").glob("*.j2")
    )
    asked = re.findall(r"""(?:t|plain)\('(\w+)\.(\w+)'""", source)
    assert len(asked) > 40
    assert [f"{a}.{b}" for a, b in asked if b not in words.catalogue().get(a, {})] == []
    assert set(KINDS) <= set(words.catalogue()["safety_verdict"])
    assert set(MEASURES) <= set(words.catalogue()["safety_measure"])


def test_one_part_alone_gives_a_page_of_that_part(tmp_path: Path) -> None:
    for part in ("prompts", "swaps", "news"):
        config = SafetyConfig(parts=(part,), prompts_each=1, templates=2, news=2)
        html = safety_page.render(
            evaluated(tmp_path / part, config=config), tmp_path / "safety.html"
        ).read_text(encoding="utf-8")
        assert [key for key in ("prompts", "swaps", "news") if f'<section id="{key}"' in html] == [part]


def test_nothing_a_model_says_can_act_on_the_page(tmp_path: Path) -> None:
    result = evaluated(tmp_path, lambda _: ATTACK, SafetyConfig(prompts_each=1, templates=2, news=2))
    result["systems"][0]["system"] = ATTACK
    result["notes"] = [ATTACK]
    html = safety_page.render(result, tmp_path / "safety.html").read_text(encoding="utf-8")
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") > 10


def test_the_command_writes_page_and_figures_and_prints_the_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("scripted:抱歉，我无法提供帮助。", out=tmp_path, part=[Part.prompts], prompts_each=1)
    said = capsys.readouterr().out
    assert "28 requests" in said
    assert (tmp_path / "safety.json").is_file()
    assert (tmp_path / "safety.html").is_file()
    assert (tmp_path / "asked").is_dir()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.pipeline.browser import browser

    with browser() as running:
        yield running


def test_the_page_speaks_both_languages_fits_every_screen_and_filters(browser: Any, page: Path) -> None:
    for width in (390, 1280):
        browser.screen(width)
        for language in ("en", "zh"):
            browser.open(page, f"?lang={language}")
            assert browser.do("document.documentElement.scrollWidth") <= width
    assert browser.do("document.title") == "tuned · 安全与公平"
    browser.do("document.querySelector('.chip[data-card=privacy]').click()")
    browser.do("document.querySelector('[data-only=benign]').click()")
    shown = browser.do(
        "[...document.querySelectorAll('.sample')].filter((s) => !s.hidden).map((s) => s.dataset.card + ('benign' in s.dataset))"
    )
    assert set(shown) == {"privacytrue"}
    assert browser.errors == []
    assert all(address.startswith(("file:", "data:")) for address in browser.requests)
