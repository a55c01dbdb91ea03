"""What an engine process is asked to load."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What the engine process is asked to load; see `caibian.models.open_model`."""

    reference: str
    backend: str | None = None
    adapter: str | None = None
    parallel: int = 1
    settings: dict[str, Any] = field(default_factory=dict)
    label: str = ""  # tells its process from others for whoever looks at the machine's list

    def asked(self, token: str) -> dict[str, Any]:
        """The line that the process reads; `token` is what its callers must present."""
        return {
            "reference": self.reference,
            "backend": self.backend,
            "adapter": self.adapter,
            "parallel": self.parallel,
            "settings": self.settings,
            "token": token,
        }
