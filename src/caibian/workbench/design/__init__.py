"""How the workbench looks: tokens of colour, space and type, and the style sheet that uses them alone."""

from caibian.workbench.design.sheet import sheet
from caibian.workbench.design.tokens import COLOURS, MUST_CONTRAST, contrast

__all__ = ["COLOURS", "MUST_CONTRAST", "contrast", "sheet"]
