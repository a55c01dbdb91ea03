"""Whether a bearer may use a feature now: switch, budgets of the day, requests of the minute."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta, tzinfo

from caibian.service.problems import Denied
from caibian.service.tally import Tally
from caibian.storage.access.budgets import minute_of
from caibian.storage.access.passes import Allowance, Pass
from caibian.storage.access.schema import EVERYBODY


class Limits:
    """The limits of a house, as one process keeps them."""

    def __init__(self, zone: tzinfo, currency: str) -> None:
        self._zone, self._currency = zone, currency
        self.tally = Tally()

    def check(self, known: Pass, feature: str, at: datetime) -> None:
        """Let a request in, and count it.

        Raises:
            Denied: 403 with `switched_off`, 429 with `over_budget` or `too_many`; nothing was counted.
        """
        if known.off is not None:
            why = f": {known.off}" if known.off else ""
            raise Denied(403, f"{feature} is switched off{why}", "switched_off")
        for one in known.allowances:
            self._check_day(one, at)
        place = (known.account.id, known.key_id, feature)
        if (used_up := self.tally.enter(minute_of(at), place, known.allowances)) is not None:
            most, wait = used_up.limits.requests_a_minute, 60 - int(at.timestamp()) % 60
            message = (
                f"{_whose(used_up)} may make {most:,} requests a minute{_of_what(used_up)}; wait {wait} s"
            )
            raise Denied(429, message, "too_many", wait)

    def _check_day(self, one: Allowance, at: datetime) -> None:
        tokens, cost = one.limits.tokens_a_day, one.limits.cost_a_day
        if tokens is not None and one.tokens >= tokens:
            used = f"{one.tokens:,} of {tokens:,} tokens"
        elif cost is not None and one.cost >= cost:
            used = f"{one.cost:,.2f} of {cost:,.2f} {self._currency}"
        else:
            return
        local = at.astimezone(self._zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), self._zone)
        wait = max(1, math.ceil(midnight.timestamp() - at.timestamp()))
        message = f"{_whose(one)} used {used} today{_of_what(one)}; an operator can raise the budget"
        raise Denied(429, message, "over_budget", wait)


def _whose(one: Allowance) -> str:
    if one.user_id == EVERYBODY:
        return "the house"
    return "this key" if one.key_id else "this account"


def _of_what(one: Allowance) -> str:
    return f" of {one.feature}" if one.feature else ""
