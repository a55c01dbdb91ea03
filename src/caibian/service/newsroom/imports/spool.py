"""Receiving files over HTTP (multipart/form-data), straight to disk, with limits on each and on all together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from caibian.api.articles import MOST_FILE_BYTES, MOST_FILES, MOST_UPLOAD_BYTES, Dropped
from caibian.errors import MissingExtra
from caibian.service.newsroom.imports.dropping import dropped, file_name
from caibian.service.newsroom.imports.reading import Incoming
from caibian.storage.refusals import Invalid

try:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header
except ImportError as error:
    raise MissingExtra(error.name or "python_multipart", "serve") from error

_MOST_HEADERS = 8 << 10  # bytes before a part's content
_MOST_PARTS = 500  # files beyond MOST_FILES are named as left out; beyond these the request is refused


class TooMuch(Exception):
    """The request is larger than `MOST_UPLOAD_BYTES`."""


class Spool:
    """The files of one request, in a folder of ours under numbers."""

    def __init__(self, folder: Path, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid("the body: send files as multipart/form-data, in the field 'files'")
        self.files: list[Incoming] = []
        self.dropped: list[Dropped] = []
        self._folder = folder
        self._parts = 0
        self._size = 0
        self._out: IO[bytes] | None = None
        self._path, self._name = "", ""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0  # of this part
        self._field, self._value = b"", b""
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._close,
                "on_end": self._finish,
            },
        )

    async def receive(self, stream: AsyncIterator[bytes]) -> None:
        """Write all files of a request's body.

        Raises:
            TooMuch: it is larger than a request may be.
            Invalid: it is no multipart/form-data, or was cut off.
        """
        received = 0
        try:
            async for block in stream:
                received += len(block)
                if received > MOST_UPLOAD_BYTES:
                    raise TooMuch
                self._parser.write(block)
        except FormParserError as error:
            raise Invalid(f"the body: not multipart/form-data ({error})") from error
        finally:
            if self._out is not None:
                self._out.close()
        if not self._ended:
            raise Invalid("the body: it was cut off; send it again")
        if not self._parts:
            raise Invalid("files: none were sent")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Invalid(f"files: at most {MOST_FILES} at once")
        self._headers, self._field, self._value = {}, b"", b""
        self._header_bytes = 0

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._bounded(end - start)
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._bounded(end - start)
        self._value += data[start:end]

    def _bounded(self, more: int) -> None:
        self._header_bytes += more  # names and values, of however many headers
        if self._header_bytes > _MOST_HEADERS:
            raise Invalid("the body: a part's headers are too long")

    def _on_header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if options.get(b"name") != b"files" or b"filename" not in options:
            raise Invalid("the body: files alone are taken, in the field 'files'")
        self._name = file_name(options[b"filename"].decode("utf-8", "replace"))
        self._size = 0
        if len(self.files) >= MOST_FILES:
            self.dropped.append(dropped(self._name, "too_many", f"at most {MOST_FILES} files at once"))
            return
        self._path = str(self._folder / f"{self._parts:04}")
        self._out = open(self._path, "wb")  # noqa: SIM115  (closed when the part ends)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._out is None:
            return
        self._size += end - start
        if self._size > MOST_FILE_BYTES:
            self._discard()
            self.dropped.append(
                dropped(self._name, "too_large", f"at most {MOST_FILE_BYTES >> 20} MB a file")
            )
            return
        self._out.write(data[start:end])

    def _close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
            self.files.append(Incoming(self._path, self._name))

    def _finish(self) -> None:
        self._ended = True

    def _discard(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
            Path(self._path).unlink(missing_ok=True)
