"""Filters: each tells of every row of a batch whether to keep it; its name is the reason of those it refuses."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
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
    shares = np.zeros(batch.num_rows)
    for index, body in enumerate(batch.column("body").to_pylist()):
        codes = np.frombuffer(body.encode("utf-32-le"), dtype=np.uint32)
        # Beyond the BMP nearly all text is Han; emoji count as letters of no alphabet, which harms nothing.
        classes = np.where(codes < _BMP, _classes()[np.minimum(codes, _BMP - 1)], _VISIBLE | _LETTER | _HAN)
        visible = np.count_nonzero(classes & _VISIBLE)
        shares[index] = np.count_nonzero(classes & bit) / visible if visible else 0.0
    return shares


def _mask(values: pa.Array | pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(values, False))


def _each(batch: pa.RecordBatch, test: Callable[[str], bool]) -> Mask:
    return np.fromiter((test(body) for body in batch.column("body").to_pylist()), bool, batch.num_rows)


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
    return _each(batch, lambda body: sum(len(m) for m in _GARBLED.findall(body)) <= limit * len(body))


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
    r"|(?i:copyright|all rights reserved|cookie policy|privacy policy|terms of (?:use|service)|sign up for|newsletter"
    r"|subscribe to|click here|share this|follow us|read more|enable javascript)"
    r"|جميع الحقوق محفوظة|اشترك في|تابعنا|اقرأ أيضا|सर्वाधिकार सुरक्षित|और पढ़ें|सब्सक्राइब"
)
_PIECES = re.compile(r"[^\n。！？!?।؟]+")


def boilerplate(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too much page furniture: copyright lines, share buttons, calls to install an app."""
    limit = config.max_boilerplate_share
    if limit is None:
        return None

    def clean(body: str) -> bool:
        if not _FURNITURE.search(body):
            return True
        pieces = _PIECES.findall(body)
        furniture = sum(len(piece) for piece in pieces if _FURNITURE.search(piece))
        return furniture <= limit * sum(map(len, pieces))

    return _each(batch, clean)


_ADVERT_SIGNS = [
    re.compile(sign)
    for sign in (
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
        r"1[3-9]\d{9}(?!\d)",  # a mobile number
    )
]


def advert(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """More different signs of an advert than `max_advert_signs`; a consumer story has one or two."""
    limit = config.max_advert_signs
    if limit is None:
        return None
    return _each(batch, lambda body: sum(bool(sign.search(body)) for sign in _ADVERT_SIGNS) <= limit)


_SHORTEST_LINE = 6  # characters; shorter pieces (names, 是的) repeat in any honest text


def duplicate_lines(batch: pa.RecordBatch, config: FilterConfig) -> Mask | None:
    """Too many characters in lines and sentences that repeat an earlier one."""
    limit = config.max_duplicate_line_share
    if limit is None:
        return None

    def clean(body: str) -> bool:
        pieces = [piece.strip() for piece in _PIECES.findall(body)]
        counts = Counter(piece for piece in pieces if len(piece) >= _SHORTEST_LINE)
        repeated = sum(len(piece) * (times - 1) for piece, times in counts.items())
        return repeated <= limit * max(1, sum(map(len, pieces)))

    return _each(batch, clean)


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
