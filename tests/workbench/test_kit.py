"""What the pages share: words for all that can be shown, differences and places that are right for any text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import caibian.workbench
from caibian.api.tasks import Fact
from caibian.grounding.mentions import How
from caibian.tasks.checks import CHECKS
from caibian.workbench.words import catalogue
from tests.pipeline.browser import Browser
from tests.workbench.newsroom import Newsroom, Person

PACKAGE = Path(caibian.workbench.__file__).parent
# Keys that scripts put together, and where their endings come from.
MADE = {
    "kit": ("problem_", "how_", "kind_", "fact_"),
    "desk": ("check_", "category_", "language_", "state_", "format_", "pane_", "thumb_", "title"),
    "articles": ("reason_", "state_", "item_", "language_"),
}


@pytest.fixture
def page(shared_newsroom: Newsroom, shared_chrome: Browser) -> Browser:
    """A page on which the shared scripts can be had."""
    if "/desk" not in shared_chrome.do("location.pathname"):
        shared_chrome.call("Network.clearBrowserCookies")
        Person(shared_newsroom, shared_chrome, shared_newsroom.account("mei")).log_in()
    return shared_chrome


@pytest.mark.parametrize("section", ["desk", "articles"])
def test_scripts_have_the_words_they_ask_for_and_no_others(section: str) -> None:
    known = set(catalogue()[section])
    script = "".join(file.read_text(encoding="utf-8") for file in (PACKAGE / section).rglob("*.js"))
    asked = set(re.findall(r"\bwords\.(\w+)", script))
    assert asked - known == set()
    assert {key for key in known - asked if not key.startswith(MADE[section])} == set()


def test_the_kit_has_words_for_every_kind_status_and_way_of_a_fact_and_every_check() -> None:
    kit = set(catalogue()["kit"])
    script = "".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.js"))
    asked = set(re.findall(r"\bkit\.(\w+)", script))
    assert asked - kit == set()
    assert {key for key in kit - asked if not key.startswith(MADE["kit"])} == set()
    for name, prefix in (("kind", "kind_"), ("status", "fact_")):
        values = get_args(Fact.model_fields[name].annotation)
        assert {f"{prefix}{value}" for value in values} <= kit
    assert {f"how_{value}" for value in get_args(How)} <= kit
    assert {f"check_{name}" for name in CHECKS} <= set(catalogue()["desk"])


def test_a_difference_reads_back_into_both_texts_whatever_they_are(page: Browser) -> None:
    wrong = page.do("""import("caibian-kit").then(({diff}) => {
      let state = 7;
      const random = (n) => (state = (state * 48271) % 2147483647) % n;
      const letters = ["政", "务", "87", "个", "，", " ", "\\n", "word", "😀", "a", "1"];
      const text = () => Array.from({length: random(14)}, () => letters[random(letters.length)]).join("");
      const side = (list, kind) => list.filter((one) => one.kind !== kind).map((one) => one.text).join("");
      for (let i = 0; i < 2000; i++) {
        const [a, b] = [text(), text()];
        const list = diff(a, b, i % 2 ? "zh" : "en");
        if (side(list, "added") !== a || side(list, "removed") !== b) return [a, b, list];
        if (a === b && list.some((one) => one.kind !== "same")) return [a, b, list];
      }
      return null;
    })""")
    assert wrong is None
    shown = page.do("""import("caibian-kit").then(({diff}) =>
      diff("办理时限压缩65%。", "办理时限压缩61%。").map((one) => `${one.kind}:${one.text}`))""")
    assert shown == ["same:办理时限压缩", "removed:65%", "added:61%", "same:。"] or shown == [
        "same:办理时限压缩",
        "removed:65",
        "added:61",
        "same:%。",
    ]


def test_two_long_texts_that_share_nothing_are_compared_in_no_time(page: Browser) -> None:
    took = page.do("""import("caibian-kit").then(({diff}) => {
      const begin = performance.now();
      diff("甲乙丙丁，".repeat(8000), "戊己庚辛。".repeat(8000), "zh");
      return performance.now() - begin;
    })""")
    assert took < 5000  # milliseconds; far less where nothing else runs


def test_places_counted_in_characters_stand_right_behind_emoji_and_rare_characters(page: Browser) -> None:
    found = page.do("""import("caibian-kit").then(({pieces, shifted}) => {
      const text = "😀𠮷共87个";
      const marked = pieces(text, [{start: 3, end: 5}, {start: 4, end: 6}]).filter((one) => one.span).map((one) => one.text);
      const moved = shifted([{start: 0, end: 1}, {start: 3, end: 5}, {start: 2, end: 3}], text, "😀𠮷总共有87个");
      return [marked, moved.map((one) => [one.start, one.end])];
    })""")
    assert found == [["87"], [[0, 1], [5, 7]]]
