"""`safety.html`: the page of a safety and fairness evaluation, in the dress of the run report and with its parts."""

from caibian.pipeline.safety_page.page import render

__all__ = ["render"]
