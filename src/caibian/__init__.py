"""Caibian (采编): from a newsroom's archive and a base model to a media language model.

Importing the package loads neither torch nor transformers; each heavy library is imported by the
function that needs it.
"""

__version__ = "0.1.0"
