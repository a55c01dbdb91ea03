"""Which files are documents, and the reader of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from caibian.errors import InputError
from caibian.instructions.selfinstruct.documents.blocks import Block, Counts
from caibian.instructions.selfinstruct.documents.docx import read_docx
from caibian.instructions.selfinstruct.documents.html import read_html
from caibian.instructions.selfinstruct.documents.pdf import read_pdf
from caibian.instructions.selfinstruct.documents.plain import read_markdown, read_text

_READERS: dict[tuple[str, ...], Callable[[Path], Iterator[Block]]] = {
    (".docx",): read_docx,
    (".html", ".htm", ".xhtml", ".shtml"): read_html,
    (".md", ".markdown"): read_markdown,
    (".txt", ".text"): read_text,
}
SUFFIXES = (".pdf", *(suffix for suffixes in _READERS for suffix in suffixes))


def find_documents(paths: Iterable[Path]) -> dict[str, Path]:
    """Name -> file, in order: files as they are given, folders by all documents in them, sorted.

    A document is called by its file name; two of one name are told apart by their folders.

    Raises:
        InputError: a path does not exist, a file is of no known format, or a folder holds no document.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = [f for f in sorted(path.rglob("*")) if f.suffix.lower() in SUFFIXES and f.is_file()]
            found = [f for f in found if not f.name.startswith((".", "~$"))]
            if not found:
                raise InputError(f"{path}: no document in this folder; known are {', '.join(SUFFIXES)}")
            files += found
        elif not path.is_file():
            raise InputError(f"{path}: no such file")
        elif path.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path}: no known format; known are {', '.join(SUFFIXES)}")
        else:
            files.append(path)
    named: dict[str, Path] = {}
    for file in dict.fromkeys(file.resolve() for file in files):
        name = file.name
        for folder in file.parents:
            if name not in named:
                break
            name = f"{folder.name}/{name}"
        named[name] = file
    return named


def read_document(path: Path, counts: Counts) -> Iterator[Block]:
    """The blocks of a document in reading order, as they are read; `counts` fills on the way.

    Raises:
        InputError: the document cannot be read, or holds no text; the message says why and what helps.
    """
    if path.stat().st_size == 0:
        raise InputError(f"{path.name}: an empty file")
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        blocks = read_pdf(path, counts)
    else:
        blocks = next(reader for suffixes, reader in _READERS.items() if suffix in suffixes)(path)
    empty = True
    for block in blocks:
        empty = False
        yield block
    if empty:
        raise InputError(f"{path.name}: holds no text")
