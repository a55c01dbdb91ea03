"""Documents are cut into passages that fit the budget, and not one character is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.selfinstruct.documents import Block
from caibian.instructions.selfinstruct.passages import Passage, cut
from caibian.instructions.selfinstruct.tokens import estimate_tokens

SENTENCE = "记者核实了全部数字。"  # ten tokens

blocks = st.lists(
    st.builds(
        Block,
        text=st.one_of(
            st.text(min_size=1, max_size=80),
            st.lists(st.sampled_from([SENTENCE, "It is so. ", "“好！”", "2024 ", "x" * 90]), min_size=1).map(
                "".join
            ),
        ).filter(str.strip),
        page=st.none() | st.integers(1, 9),
        heading=st.sampled_from([0, 0, 0, 1, 2]),
    ),
    max_size=25,
)


def visible(text: str) -> str:
    return "".join(text.split())


@given(blocks, st.integers(1, 120))
def test_joined_passages_hold_every_character_of_the_document_in_order(
    document: list[Block], budget: int
) -> None:
    passages = list(cut(document, budget))
    assert visible("".join(p.text for p in passages)) == visible("".join(b.text for b in document))
    assert [p.number for p in passages] == list(range(1, len(passages) + 1))
    assert all(estimate_tokens(p.text) <= budget or len(visible(p.text)) == 1 for p in passages)


def test_a_passage_ends_with_a_sentence_and_the_last_one_is_not_lost() -> None:
    passages = list(cut([Block(SENTENCE * 7)], 25))
    assert [p.text for p in passages] == [SENTENCE * 2] * 3 + [SENTENCE]


def test_a_new_section_begins_a_passage_once_the_one_before_is_half_full() -> None:
    document = [
        Block("第一章", heading=1),
        Block(SENTENCE * 2, page=1),
        Block("一、小节", page=2, heading=2),
        Block(SENTENCE * 4, page=2),
        Block("第二章", page=3, heading=1),
        Block(SENTENCE, page=3),
    ]
    assert list(cut(document, 80)) == [
        Passage(1, f"第一章\n{SENTENCE * 2}\n一、小节\n{SENTENCE * 4}", None, ("第一章",)),
        Passage(2, f"第二章\n{SENTENCE}", 3, ("第二章",)),
    ]


def test_a_heading_is_never_the_last_line_of_a_passage() -> None:
    document = [Block(SENTENCE * 3, page=1), Block("一、更正", page=1, heading=2), Block(SENTENCE, page=2)]
    first, second = cut(document, 40)
    assert first.text == SENTENCE * 3
    assert (second.text, second.page, second.section) == (f"一、更正\n{SENTENCE}", 1, ("一、更正",))


def test_sections_are_named_by_all_headings_over_them() -> None:
    document = [
        Block("第一章", heading=1),
        Block("一、信源", heading=2),
        Block(SENTENCE * 3),
        Block("二、更正", heading=2),
        Block(SENTENCE * 3),
    ]
    assert [p.section for p in cut(document, 40)] == [("第一章", "一、信源"), ("第一章", "二、更正")]


def test_tokens_are_estimated_on_the_high_side_for_every_script() -> None:
    assert estimate_tokens("记者核实了数字") == 7
    assert estimate_tokens("The reporter checked the figures") == 7
    assert estimate_tokens("2024") == 4
    assert estimate_tokens("समाचार") == 3
    assert estimate_tokens(" \n") == 0
