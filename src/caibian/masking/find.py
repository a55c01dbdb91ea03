"""All personal data of a text, in order, none overlapping another."""

from __future__ import annotations

from collections.abc import Collection

from caibian.masking.addresses import find_addresses
from caibian.masking.digits import find_digits
from caibian.masking.kinds import KINDS, Personal, PersonalKind
from caibian.masking.patterns import fold
from caibian.masking.signs import find_signs


def find_personal(text: str, kinds: Collection[PersonalKind] = KINDS) -> list[Personal]:
    """What of a text is personal data of the kinds asked for. Offsets are in characters of `text`.

    Where two kinds claim the same characters, the one that is surer stands: what has a sign or a checksum before
    what has a form alone.
    """
    folded = fold(text)
    claimed: list[tuple[PersonalKind, int, int]] = []
    taken = bytearray(len(text))
    for kind, start, end in (*find_signs(folded), *find_digits(folded), *find_addresses(folded)):
        if not any(taken[start:end]):
            claimed.append((kind, start, end))
            taken[start:end] = b"\1" * (end - start)
    claimed.sort(key=lambda found: found[1])
    return [Personal(kind, text[start:end], start, end) for kind, start, end in claimed if kind in kinds]
