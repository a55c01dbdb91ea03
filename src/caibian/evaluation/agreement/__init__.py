"""Agreement between experts, and between judges and experts.

`agreement_report` gives everything; the two coefficients stand beside it for tables of one's own.
"""

from caibian.evaluation.agreement.alpha import krippendorff_alpha
from caibian.evaluation.agreement.concordance import kendall_w
from caibian.evaluation.agreement.report import agreement_report

__all__ = ["agreement_report", "kendall_w", "krippendorff_alpha"]
