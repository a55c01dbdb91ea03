"""A quick reader of GGUF files, and a quick way to turn their blocks into numbers.

`gguf.GGUFReader` makes several numpy views for every string of a vocabulary: 7 s for one of 152,000 tokens
and as many merges, each time a library opens the file. The subclass here reads arrays in one go (0.2 s).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from caibian.errors import MissingExtra, ModelError

try:
    import gguf
except ImportError as error:
    raise MissingExtra("gguf", "train") from error

_STRING, _ARRAY = gguf.GGUFValueType.STRING, gguf.GGUFValueType.ARRAY
# Rows that are unpacked at a time. Measured for Q4_K, Q5_0, Q6_K and Q8_0: a group's intermediate arrays
# stay in the cache, three times as fast as whole tensors.
_ROWS = 64


class QuickReader(gguf.GGUFReader):
    """`gguf.GGUFReader`, with arrays of strings and numbers read in one go."""

    def _get_field_parts(
        self, orig_offs: int, raw_type: int
    ) -> tuple[int, list[Any], list[int], list[gguf.GGUFValueType]]:
        if gguf.GGUFValueType(raw_type) != _ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)
        kind_part = self._get(orig_offs, "u4")
        count_part = self._get(orig_offs + 4, "u8")
        kind, count = gguf.GGUFValueType(int(kind_part[0])), int(count_part[0])
        if count == 0 or kind == _ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)
        start = orig_offs + 12
        parts: list[Any] = [kind_part, count_part]
        if kind == _STRING:
            end, strings = self._strings(start, count)
            parts += strings
            indices = list(range(2, 2 + count))
        else:
            values = self._get(start, self.gguf_scalar_to_np[kind], count)
            end = start + values.nbytes
            parts += list(
                values.view(np.ndarray).reshape(-1, 1)
            )  # rows of a plain array, not of the slower memmap
            indices = list(range(2, 2 + count))
        return end - orig_offs, parts, indices, [_ARRAY, kind]

    def _strings(self, offset: int, count: int) -> tuple[int, list[memoryview[int]]]:
        """The bytes of `count` strings, and the offset behind them."""
        raw: memoryview[int] = self.data.view(np.ndarray).data
        unpack = struct.Struct(">Q" if self.byte_order == "S" else "<Q").unpack_from
        found = []
        for _ in range(count):
            start = offset + 8
            offset = start + unpack(raw, offset)[0]
            found.append(raw[start:offset])
        return offset, found


def open_gguf(path: Path) -> QuickReader:
    """The parsed file. Raises ModelError where it is not GGUF, or ends before its tensors do."""
    try:
        reader = QuickReader(str(path))
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelError(f"{path} is not a whole GGUF file ({error}); pull or copy it again") from error
    return reader


@contextmanager
def handing_out(reader: QuickReader) -> Iterator[None]:
    """Inside the block, libraries that open the file through the gguf package get this reader of it."""
    before = gguf.GGUFReader
    setattr(gguf, "GGUFReader", lambda _path, *_mode: reader)  # noqa: B010 (not an assignment to a type)
    try:
        yield
    finally:
        setattr(gguf, "GGUFReader", before)  # noqa: B010


def dequantize(tensor: gguf.ReaderTensor) -> np.ndarray:
    """A tensor's values as float32, in the shape torch gives it; same numbers as `gguf.dequantize`."""
    data = tensor.data
    shape = tuple(int(size) for size in reversed(tensor.shape))
    if data.ndim < 2 or len(data) <= _ROWS:
        return np.array(gguf.dequantize(data, tensor.tensor_type), dtype=np.float32)  # not a view of the file
    rows = data.reshape(-1, data.shape[-1])
    out = np.empty((len(rows), shape[-1]), dtype=np.float32)
    for at in range(0, len(rows), _ROWS):
        out[at : at + _ROWS] = _rows(rows[at : at + _ROWS], tensor.tensor_type)
    return out.reshape(shape)


def _rows(rows: np.ndarray, kind: gguf.GGMLQuantizationType) -> np.ndarray:
    quant = gguf.quants._type_traits.get(kind)
    if quant is None:  # plain floats
        return gguf.dequantize(rows, kind)
    quant.init_grid()
    return quant.dequantize_rows(rows)
