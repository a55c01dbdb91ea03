"""How far the experts of a panel agree: `caibian.evaluation.agreement` over what the database holds."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Any

from caibian.records import Example
from caibian.storage.database import Database
from caibian.storage.standing import rankings, standing

_KEPT = 8  # reports; a page that is reloaded costs no second bootstrap
_reports: OrderedDict[str, dict[str, Any]] = OrderedDict()
_one_at_a_time = threading.Lock()


def agreement(database: Database, panel_id: str) -> dict[str, Any]:
    """The agreement report of a panel as it stands now.

    Raises:
        NotFound: there is no such panel.
    """
    # Statistics take a second and 80 MB to load, and most processes never need them.
    from caibian.evaluation.agreement import agreement_report

    found = rankings(database, panel_id)
    digest = hashlib.sha256(f"{panel_id} {found!r}".encode("utf-8", "surrogatepass")).hexdigest()
    with _one_at_a_time:
        if digest not in _reports:
            examples = [
                # The report asks an example for its card and language alone.
                Example(item.example_id, "", "", "", item.card, "", item.language, "test")
                for item in standing(database, panel_id).items
            ]
            _reports[digest] = agreement_report(found, examples)
            while len(_reports) > _KEPT:
                _reports.popitem(last=False)
        return _reports[digest]
