"""Task cards: the jobs an editor gives the model, as data, with the checks and the label reading they name.

A new editorial task is one entry in a YAML file of `cards/` and no code.
"""

from caibian.tasks.card import (
    BadExample,
    Build,
    GoodExample,
    InputField,
    LabelWording,
    OutputSpec,
    Pair,
    Rubric,
    TaskCard,
    size,
)
from caibian.tasks.checks import CHECKS, CheckContext, CheckResult, run_checks, verify_examples
from caibian.tasks.consistency import check_names, general_rubric
from caibian.tasks.labels import extract
from caibian.tasks.lengths import answer_tokens
from caibian.tasks.loader import card, load_cards
from caibian.tasks.prompt import instruction, label_wording, render_input, variants

__all__ = [
    "BadExample",
    "Build",
    "CHECKS",
    "CheckContext",
    "CheckResult",
    "GoodExample",
    "InputField",
    "LabelWording",
    "OutputSpec",
    "Pair",
    "Rubric",
    "TaskCard",
    "answer_tokens",
    "card",
    "check_names",
    "extract",
    "general_rubric",
    "instruction",
    "label_wording",
    "load_cards",
    "render_input",
    "run_checks",
    "size",
    "variants",
    "verify_examples",
]
