"""From tokens to text."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from caibian.models.streaming import Detokenizer, StopCutter


def decode(tokens: Sequence[int]) -> str:
    """One token a byte: every character beyond ASCII is split."""
    return bytes(tokens).decode("utf-8", "replace")


@given(st.text())
def test_pieces_join_to_the_text_and_hold_no_half_characters(text: str) -> None:
    detokenizer = Detokenizer(decode)
    pieces = [detokenizer.push(byte) for byte in text.encode("utf-8", "surrogatepass")]
    assert "".join(pieces) + detokenizer.finish() == text.rstrip("\ufffd")
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_cut_off_by_the_end_is_dropped() -> None:
    detokenizer = Detokenizer(decode)
    pieces = [detokenizer.push(byte) for byte in "好😀".encode()[:-1]]
    assert "".join(pieces) == "好"
    assert detokenizer.finish() == ""


def test_a_tokenizer_that_drops_the_first_space_keeps_it_inside() -> None:
    words = ["Hello", " world", " again"]
    detokenizer = Detokenizer(lambda tokens: "".join(words[t] for t in tokens).lstrip())
    assert "".join(detokenizer.push(t) for t in (0, 1, 2)) == "Hello world again"


@given(st.text(alphabet="abX"), st.lists(st.text(alphabet="abX", min_size=1, max_size=4), max_size=3))
def test_text_ends_at_the_first_stop_string_however_it_is_cut_into_pieces(
    text: str, stops: list[str]
) -> None:
    cutter = StopCutter(stops)
    said = "".join(cutter.push(character) for character in text) + cutter.finish()
    # A stop string is complete at its last character; the one completed first counts.
    ends = [(text.index(stop) + len(stop), text.index(stop)) for stop in stops if stop in text]
    earliest = min((end for end, _ in ends), default=None)
    expected = text if earliest is None else text[: min(at for end, at in ends if end == earliest)]
    assert said == expected
    assert cutter.stopped == (earliest is not None)
