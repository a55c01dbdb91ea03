"""Cutting inputs to length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.window import cut, cut_with_evidence

_TEXT = st.text(alphabet="大桥通车居民说好，。！？；“”\n 3.5abc", max_size=400)


@given(text=_TEXT, limit=st.integers(10, 200))
def test_a_cut_is_the_head_of_the_text_within_the_limit_and_uses_most_of_it(text: str, limit: int) -> None:
    head = cut(text, limit, "zh")
    assert text.startswith(head)
    assert len(head) <= limit
    if len(text) <= limit:
        assert head == text
    else:
        assert len(text[: len(head) + 1].strip()) >= min(
            len(text[: int(0.6 * limit)].strip()), int(0.6 * limit) - 1
        )


def test_a_cut_ends_with_a_sentence_where_it_can() -> None:
    text = "大桥昨日通车。居民说很方便。" + "车流" * 100
    assert cut(text, 15, "zh") == "大桥昨日通车。居民说很方便。"


def test_else_with_a_clause_and_at_worst_at_the_limit() -> None:
    assert cut("大桥昨日上午在鞭炮声中正式通车，" + "车" * 50, 20, "zh") == "大桥昨日上午在鞭炮声中正式通车"
    assert cut("车" * 50, 20, "zh") == "车" * 20


FILLER = "居民们早早来到江边，等待第一辆车驶过。"
LONG = f"东溪大桥昨日通车。{FILLER * 6}大桥全长1860米，双向六车道。{FILLER * 3}总投资9.2亿元。"


def test_in_training_a_sentence_with_the_outputs_number_takes_the_place_of_the_last_ones() -> None:
    head = cut(LONG, 100, "zh")
    assert "1860" not in head
    window = cut_with_evidence(LONG, 100, "zh", "1860米的东溪大桥通车", ("number",))
    assert window.endswith("大桥全长1860米，双向六车道。")
    assert window.startswith("东溪大桥昨日通车。")
    assert len(window) <= 100
    assert all(line in LONG for line in window.split("\n"))


def test_a_number_that_nothing_supports_leaves_the_plain_head() -> None:
    assert cut_with_evidence(LONG, 100, "zh", "77公里的大桥", ("number",)) == cut(LONG, 100, "zh")


def test_a_number_that_the_headline_supports_needs_no_evidence() -> None:
    window = cut_with_evidence(LONG, 100, "zh", "全长1860米", ("number",), given="1860米大桥通车")
    assert window == cut(LONG, 100, "zh")


@given(text=_TEXT, limit=st.integers(30, 200), number=st.sampled_from(["3.5", "35%", "12万元", ""]))
def test_evidence_never_breaks_the_limit(text: str, limit: int, number: str) -> None:
    assert len(cut_with_evidence(text, limit, "zh", f"大桥{number}", ("number", "date"))) <= limit
