"""Documents of many formats as blocks of text: PDF, DOCX, HTML, Markdown and plain text."""

from caibian.instructions.selfinstruct.documents.blocks import Block, Counts
from caibian.instructions.selfinstruct.documents.read import SUFFIXES, find_documents, read_document

__all__ = ["SUFFIXES", "Block", "Counts", "find_documents", "read_document"]
