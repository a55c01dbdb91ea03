"""`report.html` of a comparison or a task evaluation: who wins, who says so, and what that can bear."""

from caibian.pipeline.comparison_page.page import render

__all__ = ["render"]
