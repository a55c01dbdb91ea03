"""What an evaluation comes to, as tables: who wins by rankings, and every figure as one tidy row; and their exports.

The page of an evaluation (`caibian.pipeline.comparison_page`) and the exports show the same figures.
"""

from caibian.evaluation.tables.folder import Evaluated, read_evaluated
from caibian.evaluation.tables.standings import Duel, Standing, Verdict, standing
from caibian.evaluation.tables.voices import EXPERTS, JUDGES, Scope, Standings, Voice, standings

__all__ = [
    "EXPERTS",
    "JUDGES",
    "Duel",
    "Evaluated",
    "Scope",
    "Standing",
    "Standings",
    "Verdict",
    "Voice",
    "read_evaluated",
    "standing",
    "standings",
]
