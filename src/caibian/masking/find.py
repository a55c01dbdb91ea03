"""All personal data of a text, in order, none overlapping another."""

from __future__ import annotations

import re
from collections.abc import Collection

from caibian.masking.addresses import find_addresses
from caibian.masking.digits import find_digits
from caibian.masking.kinds import KINDS, Personal, PersonalKind
from caibian.masking.patterns import fold
from caibian.masking.signs import find_signs

# Soft hyphens, joiners and marks of direction, which web pages put into numbers and nobody sees.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def find_personal(text: str, kinds: Collection[PersonalKind] = KINDS) -> list[Personal]:
    """What of a text is personal data of the kinds asked for. Offsets are in characters of `text`.

    Where two kinds claim the same characters, the one that is surer stands: what has a sign or a checksum before
    what has a form alone.
    """
    if _INVISIBLE.search(text):
        seen = [place for place, char in enumerate(text) if not _INVISIBLE.match(char)]
        found = find_personal("".join(text[place] for place in seen), kinds)
        spans = [(one.kind, seen[one.start], seen[one.end - 1] + 1) for one in found]
        return [Personal(kind, text[start:end], start, end) for kind, start, end in spans]
    folded = fold(text)
    claimed: list[tuple[PersonalKind, int, int]] = []
    taken = bytearray(len(text))
    for kind, start, end in (*find_signs(folded), *find_digits(folded), *find_addresses(folded)):
        if not any(taken[start:end]):
            claimed.append((kind, start, end))
            taken[start:end] = b"\1" * (end - start)
    claimed.sort(key=lambda found: found[1])
    return [Personal(kind, text[start:end], start, end) for kind, start, end in claimed if kind in kinds]
