"""`audit.html`: the page of an audit of instruction data, in the dress of the run report and with its parts."""

from caibian.pipeline.audit_page.page import render
from caibian.pipeline.audit_page.place import examples_folder, title_of
from caibian.pipeline.audit_page.sentences import summary

__all__ = ["examples_folder", "render", "summary", "title_of"]
