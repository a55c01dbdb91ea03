"""Small tools on running text: page furniture, folding with offsets, how alike two sentences are."""

from __future__ import annotations

import re
from functools import lru_cache

from caibian import similarity
from caibian.text import clean_whitespace, language_of, rouge_tokens, sentence_spans, tidy, to_simplified

Span = tuple[int, int]

# Sentences of a page, not of its story. Only short ones are dropped: a long one holds something else besides.
_FURNITURE = re.compile(
    r"责任编辑|责编[:：]|编辑[:：]|审核[:：]|校对[:：]|原标题[:：]?$|返回搜狐|查看更多|阅读原文|本文来源|"
    r"点击.{0,12}(?:关注|订阅|播放|阅读|上方|蓝字|下方)|戳.{0,4}(?:蓝字|上方|这里)|长按.{0,6}二维码|扫.{0,6}二维码|"
    r"关注.{0,10}(?:公众号|微信号|我们|我哟)|微信公众号|版权(?:所有|声明)|未经.{0,6}授权|转载请注明|欢迎(?:转载|关注|订阅|投稿)|"
    r"商务合作|广告合作|投稿邮箱|新闻热线|举报热线|素材来源|图片来源|来源于网络|特别声明|仅代表.{0,8}观点|如有关于作品内容|"
    r"^(?:文章)?来源[:：]|^作者[:：]|^记者[:：]|^编辑\s|^图文?[:：/]|^图为|^图片?说明|^(?:视频|图片|资料图|网络配图)|摄[）)]?。?$|供图|"
    r"^.{2,14}(?:现场|合影|资料图)。$|^(?:新华社|本报|中新社)?记者[^。，：:]{1,24}$|^审稿|^终审|^正文[:：]?$|^（(?:电视通稿|小标题)|^【字体|"
    r"^\W*(?:评论|浏览|查看|阅读|回复)[:：]?\s*\d|^\W*\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[\s\d:|]*$|"
    r"网页新闻贴吧|登录|签到|下载.{0,6}(?:APP|app|客户端)|https?://"
)
_FURNITURE_MAX_CHARS = 60
_ESCAPED_BREAK = re.compile(r"(?:\\r)?\\n|\\t")
_BREAK_IN_BRACKETS = re.compile(r"([（(][^（）()\n]{0,40})\n([^（）()\n]{0,40}[）)])")
_TAG_REST = re.compile(r"\"?/>|</?[a-zA-Z][^<>\n]{0,80}>")
_PICTURE_CREDIT = re.compile(r"[（(](?:图源|图片来[源自]|资料图|视频来源|图)[:：]?[^）)\n]{0,20}[）)]")
_LOST_CHARACTERS = re.compile(r"\?(?:\s?\?)+|▼|▽|△|▲|↓")
_SENTENCE_END = re.compile(r"[。！？!?；;.।؟…：:][”’」』）)\"']*$")
_BLANK_LINES = re.compile(r"\n{2,}")
_HEADING_MAX_CHARS = 36
_BYLINE = re.compile(r"[\w·．. ]{2,14}")


def prepare(text: str, language: str) -> str:
    """An archive's body as a model should read it: tidied, escaped line breaks undone, page furniture dropped, and
    without a heading that stands above a by-line at its head, as in wire features."""
    text = _LOST_CHARACTERS.sub(
        " ", _PICTURE_CREDIT.sub("", _TAG_REST.sub("", _ESCAPED_BREAK.sub("\n", text)))
    )
    text = _without_heading(_BREAK_IN_BRACKETS.sub(r"\1 \2", tidy(text)))
    furniture = [
        (start, end)
        for start, end in sentence_spans(text, language)
        if end - start <= _FURNITURE_MAX_CHARS and _FURNITURE.search(text[start:end])
    ]
    return without(text, furniture)


def _without_heading(text: str) -> str:
    lines = [line for line in text.split("\n", 4) if line.strip()]
    if (
        len(lines) >= 3
        and len(lines[0]) <= _HEADING_MAX_CHARS
        and not finished(lines[0])
        and _BYLINE.fullmatch(lines[1].strip())
    ):
        return "\n".join(lines[2:])
    return text


def finished(text: str) -> bool:
    """Whether the text ends as sentences do."""
    return bool(_SENTENCE_END.search(text.rstrip()))


def without(text: str, spans: list[Span]) -> str:
    """The text without the spans, whitespace cleaned, no blank lines."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return _BLANK_LINES.sub("\n", clean_whitespace("".join([*kept, text[at:]])))


def fold(text: str) -> str:
    """The text as copies of it are recognised: no case, width, spaces or punctuation, simplified characters."""
    return similarity.fold(to_simplified(text))


_fold_one = lru_cache(maxsize=65536)(similarity.fold)


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold`, and for each of its characters the offset in `text` that it came from."""
    simplified = to_simplified(text)
    if len(simplified) != len(text):  # a phrase changed its length: offsets matter more than this conversion
        simplified = text
    letters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(simplified):
        if letter := _fold_one(character):
            letters.append(letter)
            offsets.append(offset)
    return "".join(letters), offsets


def overlap(title: str, text: str) -> float:
    """The share of a title's neighbouring characters (its words, outside Chinese) that stand in a text."""
    if language_of(title) == "zh":
        folded, held = fold(title), fold(text)
        wanted = {folded[at : at + 2] for at in range(len(folded) - 1)}
        return sum(pair in held for pair in wanted) / len(wanted) if wanted else 0.0
    words, own = set(rouge_tokens(title)), set(rouge_tokens(text))
    return len(words & own) / len(words) if words else 0.0


@lru_cache(maxsize=256)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(rouge_tokens(to_simplified(text)))


def alike(sentence: str, output: str, least: float) -> bool:
    """Whether ROUGE-L F1 of two short texts, on our tokens, reaches `least`."""
    # F1 is at most twice the shorter over both lengths; characters stand in for tokens, with room for punctuation.
    short, long = sorted((len(sentence), len(output)))
    if 2 * 1.3 * short < least * (short + long):
        return False
    # Cheap and lenient, even across simplified and traditional: texts that say the same share characters.
    own, other = set(sentence), set(output)
    if len(own & other) < 0.3 * min(len(own), len(other)):
        return False
    left, right = _tokens(sentence), _tokens(output)
    total = len(left) + len(right)
    if not total or 2 * min(len(left), len(right)) < least * total:
        return False
    if 2 * len(set(left) & set(right)) < least * total * 0.5:
        return False
    return 2 * _common_subsequence(left, right) >= least * total


def likeness(first: str, second: str) -> float:
    """ROUGE-L F1 of two short texts on our tokens."""
    left, right = _tokens(first), _tokens(second)
    total = len(left) + len(right)
    return 2 * _common_subsequence(left, right) / total if left and right else 0.0


def _common_subsequence(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö 2004): one pass with big integers."""
    positions: dict[str, int] = {}
    for at, token in enumerate(left):
        positions[token] = positions.get(token, 0) | 1 << at
    full = (1 << len(left)) - 1
    row = full
    for token in right:
        matches = row & positions.get(token, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(left) - row.bit_count()
