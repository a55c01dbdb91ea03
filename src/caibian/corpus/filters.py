"""Filters: each tells of every row of a batch whether to keep it; its name is the reason of those it refuses."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caibian.corpus.config import FilterConfig
from caibian.text import HAN

Mask: TypeAlias = NDArray[np.bool_]
Filter: TypeAlias = Callable[[pa.RecordBatch, FilterConfig], Mask | None]

_VISIBLE, _LETTER, _HAN = 1, 2, 4
_BMP = 0x10000


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """Code point of the BMP → bits: visible, letter (with its combining marks), Han."""
    han = re.compile(f"[{HAN}]")
    bits = np.zeros(_BMP, dtype=np.uint8)
    for code in range(_BMP):
        character = chr(code)
        letter = unicodedata.category(character)[0] in "LM"
        bits[code] = (
            _VISIBLE * (not character.isspace()) + _LETTER * letter + _HAN * bool(han.match(character))
        )
    return bits


def _shares(batch: pa.RecordBatch, bit: int) -> NDArray[np.float64]:
    """Per body, the characters of one class as a share of the visible ones; 0 for an empty body."""
    bodies: list[str] = batch.column("body").to_pylist()
    shares = np.zeros(len(bodies))
    for begin, end in _blocks(bodies):
        codes = np.frombuffer("".join(bodies[begin:end]).encode("utf-32-le"), dtype=np.uint32)
        # Beyond the BMP nearly all text is Han; emoji count as letters of no alphabet, which harms nothing.
        classes = np.where(codes < _BMP, _classes()[np.minimum(codes, _BMP - 1)], _VISIBLE | _LETTER | _HAN)
        ends = np.cumsum([len(body) for body in bodies[begin:end]])
        counted = [
            np.diff(np.concatenate(([0], np.cumsum(classes & mask != 0)))[[0, *ends]])
            for mask in (bit, _VISIBLE)
        ]
        shares[begin:end] = counted[0] / np.maximum(counted[1], 1)
    return shares


def _blocks(bodies: list[str]) -> Iterator[tuple[int, int]]:
    """Ranges of bodies of about a million characters, which bounds the working arrays to some 20 MB."""
    begin = room = 0
    for end, body in enumerate(bodies):
        room += len(body)
        if room > 1_000_000:
            yield begin, end + 1
            begin, room = end + 1, 0
    if begin < len(bodies):
        yield begin, len(bodies)


def _mask(values: pa.Array | pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(values, False))


def _matches(batch: pa.RecordBatch, pattern: str) -> Mask:
    """Bodies in which a pattern stands (RE2's syntax: no look-around), all of them at C++ speed."""
    return _mask(pc.match_substring_regex(batch.column("body"), pattern))


def _each(batch: pa.RecordBatch, suspects: Mask, test: Callable[[str], bool]) -> Mask:
    """Keep all but the suspects that fail the test."""
    keep = np.ones(batch.num_rows, dtype=bool)
    bodies = batch.column("body")
    for row in np.flatnonzero(suspects).tolist():
        keep[row] = test(bodies[row].as_py())
    return keep


def missing_body(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Nothing was left of the text after cleaning."""
    return _mask(pc.greater(pc.utf8_length(batch.column("body")), 0))


def too_short(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Fewer characters, spaces aside, than `min_characters`."""
    if config.min_characters is None:
        return None
    visible = pc.utf8_length(pc.replace_substring_regex(batch.column("body"), r"\s+", ""))
    return _mask(pc.greater_equal(visible, config.min_characters))


def too_long(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """More characters than `max_characters`."""
    if config.max_characters is None:
        return None
    return _mask(pc.less_equal(pc.utf8_length(batch.column("body")), config.max_characters))


def language(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """A language that is not among `languages`."""
    if config.languages is None:
        return None
    return _mask(pc.is_in(batch.column("language"), pa.array(config.languages, pa.string())))


def no_title(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """No headline where one is required."""
    return _mask(pc.is_valid(batch.column("title"))) if config.require_title else None


# Replacement characters; UTF-8 read as Latin-1 or Windows-1252 (â€™, Ã©, Â£); UTF-8 read as GBK (锛, 銆, 鐨);
# GBK's and debuggers' famous fillers; question marks of a lossy conversion.
_GARBLED = re.compile(
    "\ufffd|[ÃÂâåäçèéæïã][\u0080-\u00bf‚-™]{1,2}|[锛銆鐨鈥鍥鍙鏂鏈]|锟斤拷|烫烫烫|屯屯屯|[?？]{5,}"
)


def garbled(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too many characters that come of a wrong decoding."""
    limit = config.max_garbled_share
    if limit is None:
        return None
    return _each(
        batch,
        _matches(batch, _GARBLED.pattern),
        lambda body: sum(len(m) for m in _GARBLED.findall(body)) <= limit * len(body),
    )


def low_han_share(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """A Chinese text with too few Han characters: tables, code, lists of links."""
    if config.min_han_share is None:
        return None
    chinese = _mask(pc.equal(batch.column("language"), "zh"))
    return ~chinese | (_shares(batch, _HAN) >= config.min_han_share) if chinese.any() else None


def few_letters(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too few letters of any script: numbers, signs, emoji."""
    return None if config.min_letter_share is None else _shares(batch, _LETTER) >= config.min_letter_share


_FURNITURE = re.compile(
    r"版权所有|未经(?:书面)?(?:授权|许可|允许)|(?:禁止|不得|谢绝|严禁)转载|转载请|免责声明|返回搜狐|查看更多|阅读全文|展开全文"
    r"|扫(?:一扫|码|描).{0,8}二维码|(?:关注|添加).{0,12}(?:公众号|微信号)|下载.{0,8}(?:客户端|APP|App)|点击.{0,8}(?:进入|查看|下载|关注)"
    r"|更多精彩|ICP备|ICP证|网安备|违法和?不良信息|举报(?:电话|邮箱|热线)|联系我们|网站地图|加入收藏|分享到|相关(?:阅读|新闻|推荐)[:：]?$"
    r"|(?i:©|copyright (?:©|\(c\)|[12][0-9])|all rights reserved|cookie policy|privacy policy|terms of (?:use|service)"
    r"|sign up (?:for|to) (?:our|the)|subscribe to our|click here to|follow us on|enable javascript)"
    r"|جميع الحقوق محفوظة|اشترك في|تابعنا|اقرأ أيضا|सर्वाधिकार सुरक्षित|और पढ़ें|सब्सक्राइब"
)
_PIECES = re.compile(r"[\n。！？!?।؟]+|\.\s")
_LONGEST_FURNITURE = (
    40  # characters of a sentence that are blamed at most: real prose may mention a newsletter
)


def boilerplate(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too much page furniture: copyright lines, share buttons, calls to install an app."""
    limit = config.max_boilerplate_share
    if limit is None:
        return None

    def clean(body: str) -> bool:
        furniture = sum(
            min(len(piece), _LONGEST_FURNITURE) for piece in _PIECES.split(body) if _FURNITURE.search(piece)
        )
        return furniture <= limit * len(body)

    return _each(batch, _matches(batch, _FURNITURE.pattern), clean)


_ADVERT_SIGNS = (
    r"(?:加|\+)\s*(?:微信|V信|薇信|VX)|微信(?:号|同号)?\s*[:：]\s*[A-Za-z0-9_-]{5,}",
    r"QQ\s*群?\s*[:：]?\s*\d{5,}",
    r"(?:咨询|订购|报名|招商|加盟|服务|客服)(?:热线|电话|专线)",
    r"免费(?:领取|试用|咨询|领)",
    r"(?:限时|限量)(?:优惠|抢购|特价|秒杀|领取)|秒杀价|到手价|全场.{0,3}折|折上折",
    r"立即(?:购买|抢购|下单|报名|咨询|领取)|欢迎(?:订购|选购|来电)|火热(?:销售|招商|报名)中",
    r"(?:原价|现价|仅需|只需|仅售)\s*\d+(?:\.\d+)?\s*元",
    r"包邮|优惠券|代金券|送豪礼|买一送",
    r"(?i:buy now|order now|call now|limited[- ]time offer|promo code|free shipping|money[- ]back guarantee)",
    r"(?i:click (?:here )?to (?:buy|order)|best price|100% free|act now|risk[- ]free)",
    r"\b1[3-9]\d{9}\b",  # a mobile number
)


def advert(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """More different signs of an advert than `max_advert_signs`; a consumer story has one or two."""
    limit = config.max_advert_signs
    if limit is None:
        return None
    signs = np.sum([_matches(batch, sign) for sign in _ADVERT_SIGNS], axis=0)
    return np.asarray(signs <= limit)


_SHORTEST_LINE = 6  # characters; shorter pieces (names, 是的) repeat in any honest text


def duplicate_lines(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too many characters in lines and sentences that repeat an earlier one."""
    limit = config.max_duplicate_line_share
    if limit is None:
        return None

    def clean(body: str) -> bool:
        pieces = [
            stripped for piece in _PIECES.split(body) if len(stripped := piece.strip()) >= _SHORTEST_LINE
        ]
        if len(set(pieces)) == len(pieces):
            return True
        repeated = sum(len(piece) * (times - 1) for piece, times in Counter(pieces).items())
        return repeated <= limit * len(body)

    return _each(batch, np.ones(batch.num_rows, dtype=bool), clean)


FILTERS: tuple[Filter, ...] = (
    missing_body,
    too_short,
    too_long,
    language,
    no_title,
    garbled,
    low_han_share,
    few_letters,
    duplicate_lines,
    boilerplate,
    advert,
)
"""In the order they judge: cheap ones first; a row counts under the first that refuses it."""


def judge(batch: pa.RecordBatch, config: FilterConfig, dropped: Counter[str]) -> pa.RecordBatch:
    """The rows that every filter keeps; the others are counted in `dropped` by the first filter's name."""
    for refuse in FILTERS:
        if not batch.num_rows:
            break
        keep = refuse(batch, config)
        if keep is not None and not keep.all():
            dropped[refuse.__name__] += int(np.count_nonzero(~keep))
            batch = batch.filter(pa.array(keep))
    return batch
