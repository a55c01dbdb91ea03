"""Self-instruction from documents: passages of PDF, DOCX, HTML, Markdown and text files become checked questions and answers."""

from caibian.instructions.selfinstruct.config import SelfInstructConfig

__all__ = ["SelfInstructConfig"]
