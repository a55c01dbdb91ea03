"""One batch from raw rows to a shard on disk, and shards read back; the unit that a killed run resumes by."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caibian.corpus.clean import clean_batch, digest
from caibian.corpus.config import FilterConfig, SourceConfig
from caibian.corpus.filters import judge
from caibian.corpus.readers import Unit, read_unit
from caibian.corpus.rows import Problems, RawBatch
from caibian.records import ARTICLE_SCHEMA, write_parquet
from caibian.similarity import fold, minhash_signatures

CONTENT, SIGNATURE = "_content", "_signature"
_META = b"caibian.corpus"


@dataclass
class Tally:
    """What happened to the rows of one shard."""

    rows_in: int = 0
    problems: Problems = field(default_factory=Problems)
    dropped: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def merge(self, other: Tally) -> None:
        """Add what happened to another shard's rows."""
        self.rows_in += other.rows_in
        self.problems.merge(other.problems)
        self.dropped.update(other.dropped)
        self.counts.update(other.counts)

    def to_json(self) -> bytes:
        """The tally as JSON bytes."""
        # Not dataclasses.asdict: it rebuilds a Counter from its pairs and so counts the pairs (Python < 3.12).
        values = {
            "rows_in": self.rows_in,
            "problems": self.problems.found,
            "dropped": self.dropped,
            "counts": self.counts,
        }
        return json.dumps(values, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Tally:
        """Read back what `to_json` wrote."""
        values: dict[str, Any] = json.loads(data)
        found = {
            reason: {file: (rows, places) for file, (rows, places) in files.items()}
            for reason, files in values["problems"].items()
        }
        return cls(values["rows_in"], Problems(found), Counter(values["dropped"]), Counter(values["counts"]))


def make_shard(
    work: RawBatch | Unit, source: SourceConfig, filters: FilterConfig, rows: int, target: Path
) -> int:
    """Clean and judge one batch and write the kept articles, with what dedupe needs, to `target`, atomically.

    `work` is a batch that was read, or a unit of texts or pages that is still to be read. Returns its rows.
    """
    raw = work if isinstance(work, RawBatch) else next(read_unit(work, source, rows))
    tally = Tally(raw.rows_in, raw.problems)
    kept = judge(clean_batch(raw.rows, source, tally.counts), filters, tally.dropped)
    bodies = kept.column("body").to_pylist()
    signatures = minhash_signatures(bodies)
    table = pa.Table.from_batches([kept])
    # Bodies without a letter fold to nothing; then the text itself is its content.
    contents = [digest([fold(body) or body])[:16] for body in bodies]
    table = table.append_column(CONTENT, pa.array(contents, pa.binary(16)))
    packed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(signatures.shape[1] * 4), len(bodies), [None, pa.py_buffer(signatures.tobytes())]
    )
    table = table.append_column(SIGNATURE, packed)
    write_parquet(target, table.replace_schema_metadata({_META: tally.to_json()}))
    return tally.rows_in


def read_tally(shard: Path) -> Tally:
    """What happened to a shard's rows."""
    return Tally.from_json(pq.read_schema(shard).metadata[_META])


def read_index(shards: list[Path]) -> tuple[pa.Table, np.ndarray[Any, np.dtype[np.uint32]]]:
    """What dedupe and split look at, of all shards: a table without bodies, and the signatures, uint32 (rows, 128)."""
    names = ["id", "title", "split", CONTENT]
    schema = pa.schema(
        [*(ARTICLE_SCHEMA.field(name) for name in names[:-1]), pa.field(CONTENT, pa.binary(16))]
    )
    tables, signatures = [], []
    for shard in shards:
        table = pq.read_table(shard, columns=[*names, SIGNATURE])
        packed = table.column(SIGNATURE).combine_chunks()
        for chunk in packed.chunks if isinstance(packed, pa.ChunkedArray) else [packed]:
            width = chunk.type.byte_width // 4
            flat = np.frombuffer(chunk.buffers()[1] or b"", dtype=np.uint32)
            signatures.append(
                flat.reshape(-1, width)[chunk.offset : chunk.offset + len(chunk)]
                if len(chunk)
                else np.empty((0, width), dtype=np.uint32)
            )
        tables.append(table.select(names).replace_schema_metadata(None).cast(schema))
    return pa.concat_tables(tables), np.concatenate(signatures)
