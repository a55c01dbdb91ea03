"""Small tools on running text: page furniture, folding with offsets, how alike two sentences are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from caibian.text import clean_whitespace, rouge_tokens, sentence_spans, tidy, to_simplified

Span = tuple[int, int]

# Sentences of a page, not of its story. Only short ones are dropped: a long one holds something else besides.
_FURNITURE = re.compile(
    r"责任编辑|责编[:：]|编辑[:：]|审核[:：]|校对[:：]|原标题[:：]?$|返回搜狐|查看更多|阅读原文|点击.{0,12}(?:关注|订阅|播放|阅读|上方|蓝字|下方)|"
    r"戳.{0,4}(?:蓝字|上方|这里)|长按.{0,6}二维码|扫.{0,6}二维码|关注.{0,10}(?:公众号|微信号|我们|我哟)|微信公众号|版权(?:所有|声明)|"
    r"未经.{0,6}授权|转载请注明|欢迎(?:转载|关注|订阅|投稿)|商务合作|广告合作|投稿邮箱|新闻热线|举报热线|素材来源|图片来源|来源于网络|"
    r"^(?:文章)?来源[:：]|^作者[:：]|^记者[:：]|^编辑\s|^图文?[:：/]|^(?:视频|图片|资料图)|^\W*(?:评论|浏览|查看|阅读|回复)[:：]?\s*\d|"
    r"^\W*\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[\s\d:|]*$|网页新闻贴吧|登录|签到|下载.{0,6}(?:APP|app|客户端)"
)
_FURNITURE_MAX_CHARS = 60
_ESCAPED_BREAK = re.compile(r"(?:\\r)?\\n|\\t|\xa0")
_TAG_REST = re.compile(r"\"?/>|</?[a-zA-Z][^<>\n]{0,80}>")
_PLACEHOLDER_MARKS = re.compile(r"\?{2,}")


def prepare(text: str, language: str) -> str:
    """An archive's body as a model should read it: tidied, escaped line breaks undone, page furniture dropped."""
    text = _PLACEHOLDER_MARKS.sub(" ", _TAG_REST.sub("", _ESCAPED_BREAK.sub("\n", text)))
    text = tidy(text)
    return without(
        text,
        [
            (start, end)
            for start, end in sentence_spans(text, language)
            if end - start <= _FURNITURE_MAX_CHARS and _FURNITURE.search(text, start, end)
        ],
    )


def without(text: str, spans: list[Span]) -> str:
    """The text without the spans, whitespace cleaned."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return clean_whitespace("".join([*kept, text[at:]]))


@lru_cache(maxsize=65536)
def _letters(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc"))


def fold(text: str) -> str:
    """The text as copies of it are recognised: no case, width, spaces or punctuation, simplified characters."""
    return fold_with_offsets(text)[0]


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """`fold`, and for each of its characters the offset in `text` that it came from."""
    simplified = to_simplified(text)
    if len(simplified) != len(
        text
    ):  # a phrase changed its length: offsets matter more than this one conversion
        simplified = text
    letters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(simplified):
        for letter in _letters(character):
            letters.append(letter)
            offsets.append(offset)
    return "".join(letters), offsets


def pairs(text: str) -> set[str]:
    """Neighbouring characters of the folded text; words where it has no Han characters."""
    tokens = rouge_tokens(to_simplified(text))
    if tokens and sum(len(token) == 1 for token in tokens) * 2 < len(tokens):
        return set(tokens)
    folded = "".join(tokens)
    return {folded[at : at + 2] for at in range(len(folded) - 1)}


def alike(first: str, second: str) -> float:
    """ROUGE-L F1 of two short texts on our tokens, by a cheap bound first: 0 where it cannot reach .5."""
    left, right = rouge_tokens(to_simplified(first)), rouge_tokens(to_simplified(second))
    if not left or not right:
        return 0.0
    shared = len(set(left) & set(right))
    if 2 * min(len(left), len(right)) < 0.5 * (len(left) + len(right)) or shared < 0.4 * min(
        len(set(left)), len(set(right))
    ):
        return 0.0
    return 2 * _common_subsequence(left, right) / (len(left) + len(right))


def _common_subsequence(left: list[str], right: list[str]) -> int:
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
