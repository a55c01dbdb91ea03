"""Personal data in a text: finding it, and hiding it from a model that is not the house's own.

`find_personal(text)` is what checks want; a `Vault` replaces what it finds before a text leaves and puts it back into
the answer. Rules and checksums, no model: it knows forms that can be told by their shape, and no names of people.
"""

from caibian.masking.find import find_personal
from caibian.masking.kinds import KIND_NAMES, KINDS, Personal, PersonalKind
from caibian.masking.vault import Restorer, Vault

__all__ = ["KINDS", "KIND_NAMES", "Personal", "PersonalKind", "Restorer", "Vault", "find_personal"]
