"""DOCX: the label as the custom property `AIGC` in docProps/custom.xml, as TC260's guide for text files asks.

The package is rewritten part by part: all parts but the three that must know of the property stay byte for byte.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from lxml import etree

from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest
from caibian.publishing.labels.wording import Block, has_visible_label

SIGNATURE = b"PK\x03\x04"
_CUSTOM, _RELATIONS, _TYPES = "docProps/custom.xml", "_rels/.rels", "[Content_Types].xml"
_BODY = "word/document.xml"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # of custom properties, by [MS-OSHARED]
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MOST_PARTS = 5_000
_MOST_PART = 64 << 20
_MOST_UNPACKED = 256 << 20

name = "docx"


def find(data: bytes) -> Found:
    """All labels of a DOCX file, and whether its text bears the visible one."""
    with _open(data) as package:
        names = set(package.namelist())
        labels = _labels(_xml(_part(package, _CUSTOM), _CUSTOM)) if _CUSTOM in names else []
        return Found(labels, has_visible_label(_blocks(_xml(_part(package, _BODY), _BODY))))


def put(data: bytes, label: str) -> bytes:
    """The DOCX file with this label and no other."""
    with _open(data) as package:
        infos = package.infolist()
        names = {info.filename for info in infos}
        if any(each.startswith("_xmlsignatures/") for each in names):
            raise Unlabelled("docx: the document is digitally signed; label it before it is signed")
        changed = {
            _CUSTOM: _with_property(_part(package, _CUSTOM) if _CUSTOM in names else None, label),
            _RELATIONS: _with_relation(_part(package, _RELATIONS)),
            _TYPES: _with_type(_part(package, _TYPES)),
        }
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as fresh:
            for info in infos:
                entry = zipfile.ZipInfo(info.filename, info.date_time)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = info.external_attr
                content = changed.pop(info.filename, None)
                fresh.writestr(entry, _part(package, info.filename) if content is None else content)
            for filename, content in changed.items():
                fresh.writestr(zipfile.ZipInfo(filename, infos[0].date_time), content)
    return written.getvalue()


def content_digest(data: bytes) -> str:
    """Digest of all parts but the package's own tables and its properties."""
    with _open(data) as package:
        names = sorted(info.filename for info in package.infolist())
        content = [n for n in names if n not in (_RELATIONS, _TYPES) and not n.startswith("docProps/")]
        return digest(piece for n in content for piece in (n.encode(), _part(package, n)))


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unlabelled("docx: the file is damaged or was not copied whole") from error
    infos = package.infolist()
    names = {info.filename for info in infos}
    if len(infos) > _MOST_PARTS or len(names) < len(infos):
        raise Unlabelled("docx: more parts than a document has, or two of one name")
    if sum(info.file_size for info in infos) > _MOST_UNPACKED:
        raise Unlabelled(f"docx: unpacks to more than {_MOST_UNPACKED >> 20} MB")
    if missing := {_TYPES, _RELATIONS, _BODY} - names:
        raise Unlabelled(f"docx: {min(missing)} is missing; this is no Word document")
    return package


def _part(package: zipfile.ZipFile, filename: str) -> bytes:
    """One part; what the directory says of its size is not believed."""
    try:
        with package.open(filename) as stream:
            content = stream.read(_MOST_PART + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise Unlabelled(f"docx: {filename} is damaged or encrypted") from error
    if len(content) > _MOST_PART:
        raise Unlabelled(f"docx: {filename} unpacks to more than {_MOST_PART >> 20} MB")
    return content


def _xml(content: bytes, filename: str) -> Any:
    if b"<!DOCTYPE" in content:
        raise Unlabelled(f"docx: {filename} declares entities, which is not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unlabelled(f"docx: {filename} is not well-formed XML") from error


def _bytes(root: Any) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _labels(properties: Any) -> list[str]:
    return ["".join(node.itertext()) for node in properties if _is_label(node)]


def _is_label(node: Any) -> bool:
    return isinstance(node.tag, str) and node.get("name", "").upper() == "AIGC"


def _with_property(content: bytes | None, label: str) -> bytes:
    if content is None:
        root = etree.Element(f"{{{_PROPERTIES}}}Properties", nsmap={None: _PROPERTIES, "vt": _VALUES})
    else:
        root = _xml(content, _CUSTOM)
    for node in [node for node in root if _is_label(node)]:
        root.remove(node)
    used = {int(node.get("pid")) for node in root if str(node.get("pid", "")).isdecimal()}
    entry = etree.SubElement(root, f"{{{_PROPERTIES}}}property")
    entry.set("fmtid", _FORMAT_ID)
    entry.set("pid", str(max({1, *used}) + 1))  # 0 and 1 are reserved
    entry.set("name", "AIGC")
    etree.SubElement(entry, f"{{{_VALUES}}}lpwstr").text = label
    return _bytes(root)


def _with_relation(content: bytes) -> bytes:
    root = _xml(content, _RELATIONS)
    if not any(node.get("Type") == _KIND for node in root):
        used = {node.get("Id") for node in root}
        number = next(n for n in range(1, len(used) + 2) if f"rId{n}" not in used)
        relation = etree.SubElement(root, f"{{{_PACKAGE}/relationships}}Relationship")
        relation.set("Id", f"rId{number}")
        relation.set("Type", _KIND)
        relation.set("Target", _CUSTOM)
    return _bytes(root)


def _with_type(content: bytes) -> bytes:
    root = _xml(content, _TYPES)
    if not any(node.get("PartName") == f"/{_CUSTOM}" for node in root):
        override = etree.SubElement(root, f"{{{_PACKAGE}/content-types}}Override")
        override.set("PartName", f"/{_CUSTOM}")
        override.set("ContentType", _CONTENT_TYPE)
    return _bytes(root)


def _blocks(document: Any) -> list[Block]:
    blocks = []
    for paragraph in document.iter(f"{{{_WORD}}}p"):
        style = paragraph.find(f"{{{_WORD}}}pPr/{{{_WORD}}}pStyle")
        named = "" if style is None else style.get(f"{{{_WORD}}}val", "")
        text = "".join(node.text or "" for node in paragraph.iter(f"{{{_WORD}}}t"))
        blocks.append(Block(text, heading=named.startswith(("Heading", "Title"))))
    return blocks
