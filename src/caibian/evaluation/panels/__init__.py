"""Panels elsewhere: a comparison exported to be ranked blind in a spreadsheet, Label Studio or Argilla, and read back.

`draw_key` puts answers under letters; the key stays with the organiser, and what experts see names no system. Rankings
come back as records of kind expert; a row that is wrong is refused with its place and reason, and costs no other.
"""

from caibian.evaluation.panels.argilla import export_argilla, import_argilla
from caibian.evaluation.panels.csv_files import export_csv, import_csv
from caibian.evaluation.panels.intake import Imported, Refusal, keep_rankings
from caibian.evaluation.panels.key import Key, draw_key, kept_key, read_key, write_key
from caibian.evaluation.panels.label_studio import export_label_studio, import_label_studio

__all__ = [
    "Imported",
    "Key",
    "Refusal",
    "draw_key",
    "export_argilla",
    "export_csv",
    "export_label_studio",
    "import_argilla",
    "import_csv",
    "import_label_studio",
    "keep_rankings",
    "kept_key",
    "read_key",
    "write_key",
]
