"""Who stands where, by rankings of any judge or expert: average rank, counts of ranks, win rates, strengths.

`standings` gives all of them with intervals; `verdicts`, `pair_choices`, `stage_choices` and `fit` are its parts.
"""

from caibian.evaluation.strength.choice_model import Choices, fit, pair_choices, stage_choices
from caibian.evaluation.strength.standings import standings
from caibian.evaluation.strength.verdicts import Same, Verdicts, verdicts

__all__ = ["Choices", "Same", "Verdicts", "fit", "pair_choices", "stage_choices", "standings", "verdicts"]
