"""Labels of AI-generated content by GB 45438-2025: the implicit one in a file's metadata, the explicit one in its text."""

from caibian.publishing.labels.aigc import (
    FIELDS,
    GENERATED,
    POSSIBLE,
    SUSPECTED,
    Certainty,
    Label,
    Unlabelled,
)
from caibian.publishing.labels.carrier import MOST_BYTES
from caibian.publishing.labels.files import add_label, read_file, read_label
from caibian.publishing.labels.wording import names_ai

__all__ = [
    "FIELDS",
    "GENERATED",
    "MOST_BYTES",
    "POSSIBLE",
    "SUSPECTED",
    "Certainty",
    "Label",
    "Unlabelled",
    "add_label",
    "names_ai",
    "read_file",
    "read_label",
]
