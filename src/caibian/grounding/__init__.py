"""Numbers, dates, names and quotes of a text, and where a source bears them out.

`unsupported(text, source)` is what most callers want; `find` and `locate` are its two halves. For many texts
against one source, make a `Source` once. How well it works is measured by `benchmarks/facts.py`.
"""

from caibian.grounding.dates import find_dates
from caibian.grounding.locate import find, locate, unsupported
from caibian.grounding.mentions import KINDS, DateValue, Evidence, How, Kind, Mention, Mode, Quantity
from caibian.grounding.names import find_names
from caibian.grounding.numbers import find_numbers
from caibian.grounding.numerals import format_chinese, parse_chinese
from caibian.grounding.quotes import find_quotes
from caibian.grounding.source import Source
from caibian.grounding.strip import Status, StripFact, fact_strip

__all__ = [
    "KINDS",
    "DateValue",
    "Evidence",
    "How",
    "Kind",
    "Mention",
    "Mode",
    "Quantity",
    "Source",
    "Status",
    "StripFact",
    "fact_strip",
    "find",
    "find_dates",
    "find_names",
    "find_numbers",
    "find_quotes",
    "format_chinese",
    "locate",
    "parse_chinese",
    "unsupported",
]
