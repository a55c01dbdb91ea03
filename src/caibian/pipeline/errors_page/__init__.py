"""`errors.html`: the page of an error analysis, in the dress of the run report and with its parts."""

from caibian.pipeline.errors_page.page import render
from caibian.pipeline.errors_page.sentences import summary

__all__ = ["render", "summary"]
