"""LlamaLens' post-processing of generated labels, for figures that stand beside its published ones.

Read out of the authors' published scoring script (github.com/firojalam/LlamaLens, bin/evaluation/evaluate.py at commit
54f5fcc; Kmainasi et al., LlamaLens, Findings of NAACL 2025) and written anew:

- answer and reference are lower-cased and stripped of spaces at both ends, nothing more;
- the labels are those that occur among the references of the test items;
- an answer that is not exactly one of them is **replaced by one of them drawn at random**.

The last step makes a wrong form right once in as many times as there are labels. There the draw has no seed; here it has,
so that a figure can be repeated. Their inference script also opens the assistant's turn with "Label: " and allows 128
new tokens; neither is done here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from caibian.evaluation.tasks.items import TaskSet
from caibian.evaluation.tasks.ways import Reading


def reread(asked: TaskSet, readings: Sequence[Reading], seed: int) -> list[Reading]:
    """The readings of free answers under LlamaLens' rules; missing answers stay missing."""
    owner: dict[str, str] = {}
    for example, label in zip(asked.examples, asked.gold(), strict=True):
        owner.setdefault(example.output.lower().strip(), label)
    draw = random.Random(seed)
    known = sorted(owner)
    found = []
    for reading in readings:
        # One draw an item whatever was said, so that systems are lucky on the same items.
        lucky = draw.choice(known)
        said = reading.text.lower().strip()
        value = None if reading.missing is not None else owner[said if said in owner else lucky]
        found.append(Reading(reading.text, value, reading.missing))
    return found
