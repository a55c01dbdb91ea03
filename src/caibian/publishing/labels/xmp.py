"""XMP packets: the label as the property `AIGC` in TC260's namespace, beside whatever else a packet says."""

from __future__ import annotations

from typing import Any

from lxml import etree

from caibian.publishing.labels.aigc import Unlabelled

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
MOST_BYTES = 4 << 20  # of a packet; Adobe's own are below 64 KB but for histories
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META = "adobe:ns:meta/"
_PROPERTY = f"{{{NAMESPACE}}}AIGC"
_NAMES = (_PROPERTY, f"{{{NAMESPACE.rstrip('/')}}}AIGC")  # some generators leave the slash out
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_END = '<?xpacket end="w"?>'


def labels(packet: bytes) -> list[str]:
    """Every label in a packet.

    Raises:
        Unlabelled: the packet is no XML, or declares entities.
    """
    root = _parse(packet)
    found = [node.text or "" for name in _NAMES for node in root.iter(name)]
    found += [value for node in root.iter() for name, value in _attributes(node) if name in _NAMES]
    return found


def with_label(packet: bytes | None, label: str) -> bytes:
    """A packet with this label and no other; all other properties are kept.

    Raises:
        Unlabelled: there is a packet, and it cannot be read.
    """
    root = _parse(packet) if packet else etree.Element(f"{{{_META}}}xmpmeta", nsmap={"x": _META})
    for node in list(root.iter()):
        for name, _ in _attributes(node):
            if name in _NAMES:
                del node.attrib[name]
        if node.tag in _NAMES and (parent := node.getparent()) is not None:
            parent.remove(node)
    rdf = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f".//{{{_RDF}}}RDF")
    if rdf is None:
        rdf = etree.SubElement(root, f"{{{_RDF}}}RDF", nsmap={"rdf": _RDF})
    for empty in [node for node in rdf if len(node) == 0 and set(node.attrib) <= {f"{{{_RDF}}}about"}]:
        rdf.remove(empty)  # what an earlier label left behind
    about = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"TC260": NAMESPACE})
    about.set(f"{{{_RDF}}}about", "")
    etree.SubElement(about, _PROPERTY).text = label
    body = etree.tostring(root, encoding="unicode")
    return f"{_BEGIN}\n{body}\n{_END}".encode()


def _parse(packet: bytes) -> Any:
    if len(packet) > MOST_BYTES:
        raise Unlabelled(f"its XMP metadata is larger than {MOST_BYTES >> 20} MB")
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise Unlabelled("its XMP metadata declares entities, which is not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # The packet's padding and closing instruction may hold NULs, which are no XML.
        root = etree.fromstring(packet.strip(b"\0 \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unlabelled("its XMP metadata is not well-formed XML; export the file again") from error
    return root


def _attributes(node: Any) -> list[tuple[str, str]]:
    return list(node.attrib.items()) if isinstance(node.tag, str) else []
