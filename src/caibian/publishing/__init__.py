"""Publishing: texts as files, with the labels that AI-generated content must bear, and a verifier that reads them back."""

from caibian.publishing.documents.document import Document
from caibian.publishing.documents.export import FORMATS, CannotExport, File, Format, export
from caibian.publishing.labels import Label, Unlabelled, add_label, read_label

__all__ = [
    "FORMATS",
    "CannotExport",
    "Document",
    "File",
    "Format",
    "Label",
    "Unlabelled",
    "add_label",
    "export",
    "read_label",
]
