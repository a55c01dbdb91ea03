"""The corpus stage: raw archives in, curated and split articles out.

`caibian.corpus.run.run` does the work; this face is light, for reading and writing settings.
"""

from caibian.corpus.config import (
    CorpusConfig,
    DedupeConfig,
    FieldsConfig,
    FilterConfig,
    ImportRules,
    SourceConfig,
    SplitConfig,
)

__all__ = [
    "CorpusConfig",
    "DedupeConfig",
    "FieldsConfig",
    "FilterConfig",
    "ImportRules",
    "SourceConfig",
    "SplitConfig",
]
