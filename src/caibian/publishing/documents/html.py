"""A page that stands alone: semantic, printable, without anything from outside."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from caibian.publishing.documents.document import Block, Document, Span, blocks
from caibian.publishing.documents.words import Lines

_STYLE = """
:root{color-scheme:light dark}
body{max-width:42em;margin:2em auto;padding:0 1em;line-height:1.8;font:1.05rem/1.8 Georgia,"Songti SC",SimSun,serif}
body:lang(zh){font-family:"Songti SC",SimSun,"Noto Serif CJK SC",serif}
h1,h2,h3{line-height:1.35;font-family:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",Helvetica,sans-serif}
:lang(zh) .text>p{text-indent:2em}
.credits,.label,.review{font-size:.9em;opacity:.75}
.label,.warning{border:1px solid;border-radius:.3em;padding:.3em .7em;display:inline-block}
.warning{font-weight:bold}
footer{margin-top:2em;border-top:1px solid}
""".strip()
LANGUAGE_TAGS = {"zh": "zh-Hans", "en": "en", "ar": "ar", "hi": "hi"}


def write(document: Document, lines: Lines) -> bytes:
    """The page as UTF-8."""
    direction = ' dir="rtl"' if document.language == "ar" else ""
    date = document.published_at.isoformat() if document.published_at else ""
    credits = escape(lines.credits)
    if date:
        credits = f'<time datetime="{date}">{credits}</time>'
    parts = [
        "<!doctype html>",
        f'<html lang="{LANGUAGE_TAGS[document.language]}"{direction}>',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(lines.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<script type="application/ld+json">{_script(_article(document, lines))}</script>',
        "</head>",
        "<body>",
        "<article>",
        "<header>",
        f'<p class="warning">{escape(lines.warning)}</p>' if lines.warning else "",
        f"<h1>{escape(lines.title)}</h1>",
        f'<p class="credits">{credits}</p>' if lines.credits else "",
        f'<p class="label">{escape(lines.label)}</p>' if lines.label else "",
        "</header>",
        '<div class="text">',
        *body(blocks(document.body)),
        "</div>",
        f'<footer><p class="review">{escape(lines.review)}</p></footer>' if lines.review else "",
        "</article>",
        "</body>",
        "</html>",
    ]
    return ("\n".join(part for part in parts if part) + "\n").encode()


def body(found: list[Block]) -> list[str]:
    """The blocks as elements; items that follow each other are one list."""
    tags = {"paragraph": "p", "heading": "h2", "subheading": "h3"}
    parts: list[str] = []
    for place, block in enumerate(found):
        text = spans(block)
        if block.kind == "item":
            first = place == 0 or found[place - 1].kind != "item"
            last = place + 1 == len(found) or found[place + 1].kind != "item"
            parts.append(f"{'<ul>' if first else ''}<li>{text}</li>{'</ul>' if last else ''}")
        elif block.kind == "quote":
            parts.append(f"<blockquote><p>{text}</p></blockquote>")
        else:
            parts.append(f"<{tags[block.kind]}>{text}</{tags[block.kind]}>")
    return parts


def spans(block: Block, bold: tuple[str, str] = ("<strong>", "</strong>")) -> str:
    """A block's characters, escaped, with bold ones marked."""

    def one(span: Span) -> str:
        text = escape(span.text).replace("\n", "<br>")
        return f"{bold[0]}{text}{bold[1]}" if span.bold else text

    return "".join(one(span) for span in block.spans)


def _article(document: Document, lines: Lines) -> dict[str, Any]:
    article: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": lines.title,
        "inLanguage": LANGUAGE_TAGS[document.language],
        "identifier": document.uri or f"urn:caibian:{document.produce_id}",
        "version": document.revision,
        "creativeWorkStatus": "Published" if document.published else "Draft",
    }
    if document.byline:
        article["author"] = {"@type": "Person", "name": document.byline}
    if document.source:
        article["sourceOrganization"] = {"@type": "Organization", "name": document.source}
    if document.published_at:
        article["datePublished"] = document.published_at.isoformat()
    if document.reviewed_by:
        article["editor"] = [{"@type": "Person", "name": name} for name in document.reviewed_by]
    if lines.label:
        article["disambiguatingDescription"] = lines.label
        article["digitalSourceType"] = "https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"
    return article


def _script(value: dict[str, Any]) -> str:
    """JSON in which nothing can end the script element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
