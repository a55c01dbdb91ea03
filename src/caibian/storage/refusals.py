"""Why storage refuses what it was asked for; each names what the asker can do.

Refusal
├── NotFound      no such thing, or not the asker's
├── Forbidden     the thing is the asker's to see, not to do this with
├── WrongLogin    unknown name, wrong password or disabled account: which of them is not said
├── TooMany       too many failed logins; `retry_after` seconds are worth waiting
├── Invalid       a field is wrong; the message begins with its name
└── Outdated      the item has moved on since the asker read it
    └── Closed    its panel takes nothing any more
"""

from __future__ import annotations

from caibian.errors import CaibianError


class Refusal(CaibianError):
    """Base of all refusals."""


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""


class Forbidden(Refusal):
    """What is asked for is somebody else's to do."""


class WrongLogin(Refusal):
    """Name and password are not those of an account in use."""


class TooMany(Refusal):
    """Too many failed logins under this name or from this address."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


class Invalid(Refusal):
    """A field of what was sent is wrong."""


class Outdated(Refusal):
    """The change builds on a state that is no longer there; nothing was changed."""


class Closed(Outdated):
    """The panel is closed; nothing was changed."""
