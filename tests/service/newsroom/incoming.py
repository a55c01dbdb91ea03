"""Files as people send them, good and hostile, and a web server that behaves as badly as it is asked to."""

from __future__ import annotations

import gzip
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import docx

PARAGRAPH = (
    "The council voted on Tuesday to close the old bridge for two years of repair, its engineer said. "
)
PAGE = (
    "<html><head><title>Bridge closes</title><meta name='author' content='Ann Poe'></head><body><article>"
    f"<h1>Bridge closes</h1>{''.join(f'<p>{PARAGRAPH * 3}{number}</p>' for number in range(4))}"
    "</article></body></html>"
)
JSONL = (
    '{"title": "甲", "text": "第一篇正文。", "date": "2026-05-01"}\n{broken\n'
    '{"title": "乙", "text": "第二篇正文\\ud800。\\u0000"}\n'
)
CSV = "标题,正文\n丙,第三篇正文。\n"
TEXT = "市政府今日发布新规\n第四篇正文。\n"
NINJS = {
    "uri": "https://agency.example/5",
    "headline": "丁",
    "body_html": "<p>第五篇正文。</p><script>x()</script><p>第二段。</p>",
    "versioncreated": "2026-05-01T10:00:00+08:00",
    "byline": "某记者",
    "language": "zh",
}
NEWSML = """<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="tag:agency.example,2026:6" version="1">
 <contentMeta><contentCreated>2026-05-01T10:00:00+08:00</contentCreated><by>某记者</by><language tag="zh"/>
  <headline>戊</headline></contentMeta>
 <contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">
  <head><title>x</title></head><body><p>第六篇<b>正文</b>。</p><p>第二段。</p></body></html></inlineXML></contentSet>
</newsItem>"""
XML_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + ']><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/"><contentMeta><headline>&a9;</headline>'
    "</contentMeta></newsItem>"
)


def word_file() -> bytes:
    """A DOCX file with a headline and a paragraph."""
    made, out = docx.Document(), io.BytesIO()
    made.add_heading("己", 0)
    made.add_paragraph("第七篇正文。")
    made.save(out)
    return out.getvalue()


def pdf_file() -> bytes:
    """A PDF file of one page."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate((PARAGRAPH, "Second line of the eighth story.")):
        canvas.drawString(72, 720 - 20 * number, line)
    canvas.save()
    return out.getvalue()


def zip_file(members: Mapping[str, bytes | str]) -> bytes:
    """A zip file, packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


GOOD: dict[str, bytes | str] = {
    "a.jsonl": JSONL,
    "b.csv": CSV.encode("gb18030"),
    "c.txt": TEXT,
    "d.html": PAGE,
    "e.json": json.dumps(NINJS, indent=2),
    "f.xml": NEWSML,
    "g.docx": word_file(),
    "h.pdf": pdf_file(),
}


def upload(files: Mapping[str, bytes | str]) -> list[tuple[str, tuple[str, bytes]]]:
    """Files as httpx sends them."""
    return [
        ("files", (name, content.encode() if isinstance(content, str) else content))
        for name, content in files.items()
    ]


Answer = tuple[int, dict[str, str], Iterator[bytes] | bytes]


_BOMB = gzip.compress(b"0" * (16 << 20), 1)  # twice what a page may have


def _drip() -> Iterator[bytes]:
    while True:
        yield b"<p>"
        time.sleep(0.05)


PATHS: dict[str, Callable[[], Answer]] = {
    "/story": lambda: (200, {"content-type": "text/html"}, PAGE.encode()),
    "/packed": lambda: (
        200,
        {"content-type": "text/html", "content-encoding": "gzip"},
        gzip.compress(PAGE.replace("Bridge", "Packed bridge").encode()),
    ),
    "/bomb": lambda: (
        200,
        {"content-type": "text/html", "content-encoding": "gzip"},
        _BOMB,
    ),
    "/huge": lambda: (200, {"content-type": "text/html", "content-length": str(1 << 40)}, b"x"),
    "/drip": lambda: (200, {"content-type": "text/html"}, _drip()),
    "/moved": lambda: (302, {"location": "/story"}, b""),
    "/loop": lambda: (302, {"location": "/loop"}, b""),
    "/inside": lambda: (302, {"location": "http://inside.example/story"}, b""),
    "/broken": lambda: (302, {"location": "http://[broken"}, b""),
    "/file": lambda: (302, {"location": "file:///etc/passwd"}, b""),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow-head":
            self.server.hosts.append(self.headers["host"])  # type: ignore[attr-defined]
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                for _ in range(300):
                    self.wfile.write(b"x")
                    time.sleep(0.2)
            return
        status, headers, content = PATHS.get(self.path, lambda: (404, {}, b"none"))()
        self.server.hosts.append(self.headers["host"])  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for block in [content] if isinstance(content, bytes) else content:
                self.wfile.write(block)
                self.wfile.flush()
        except OSError:
            pass  # the other side has had enough

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web() -> Iterator[ThreadingHTTPServer]:
    """A web server on loopback; `hosts` of it are the names that it was asked by."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.hosts = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
