"""The default model itself: what packed passes say is what one question at a time says."""

from __future__ import annotations

from pathlib import Path

import pytest

from caibian.evaluation.tasks import ways
from caibian.models.chat import Options
from tests.evaluation.tasks.newsroom import reviews
from tests.support import default_weights, user_home

pytestmark = pytest.mark.slow


def test_scored_and_constrained_agree_with_choose(tmp_path: Path) -> None:
    """In bfloat16 two labels within rounding of each other may change places; only there may the ways part."""
    from caibian.models.torch_chat import TorchChat

    weights = default_weights()
    one = reviews(tmp_path / "data", limit=5)
    with user_home(), TorchChat.load(str(weights)) as model:
        asked = [example.messages() for example in one.examples]
        scored = ways.read(one, "scored", ways.Asker(model, one, "scored").generate(asked, Options()))
        written = ways.read(
            one, "constrained", ways.Asker(model, one, "constrained").generate(asked, Options())
        )
        for conversation, by_score, constrained in zip(asked, scored, written, strict=True):
            alone = model.choose(conversation, one.choices)
            assert by_score.sums is not None
            assert list(by_score.sums.values()) == pytest.approx(list(alone.logprobs.values()), abs=0.3)
            first, second = sorted(alone.logprobs.values(), reverse=True)[:2]
            if first - second > 0.3:
                assert one.choices[one.labels.index(str(by_score.by_sum))] == alone.best
                # Both labels are one token long, so that greedy decoding and the sum ask the same.
                assert set(alone.tokens.values()) == {1}
                assert constrained.value == by_score.by_sum
