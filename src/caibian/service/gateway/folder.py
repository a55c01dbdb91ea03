"""The private folder of a house that runs: what its processes share beside the database."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from caibian.errors import ConfigError
from caibian.service.gateway.board import Board, write_board
from caibian.service.gateway.places import Places, make_places
from caibian.service.settings import HouseSettings

_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client looks, when it is imported


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where things lie in it."""

    path: Path

    @property
    def board(self) -> Path:
        """How engines stand."""
        return self.path / "board.json"

    @property
    def places(self) -> Path:
        """How many requests are at them."""
        return self.path / "places"

    @property
    def metrics(self) -> Path:
        """Figures of each process, as prometheus-client keeps them."""
        return self.path / "metrics"

    def count_there(self) -> None:
        """Have this process keep its figures here; to be called before `caibian.service.metrics` is first imported."""
        os.environ[_MULTIPROCESS] = str(self.metrics)

    def settings(self) -> HouseSettings:
        """The house's settings, as they were when it started: its file may be edited meanwhile."""
        return HouseSettings.model_validate_json((self.path / "settings.json").read_bytes())

    def shared(self, settings: HouseSettings, number: int) -> tuple[Board, Places]:
        """What the gateway of process `number` reads."""
        return Board(self.board), Places(self.places, len(settings.engines), number)

    def remove(self) -> None:
        """Take it away."""
        shutil.rmtree(self.path, ignore_errors=True)


def make_run_folder(settings: HouseSettings, processes: int) -> RunFolder:
    """A new one, for so many processes that ask engines, readable by this user alone.

    Raises:
        ConfigError: there is nowhere to make it.
    """
    try:
        folder = RunFolder(Path(tempfile.mkdtemp(prefix="caibian-")))
    except OSError as error:
        raise ConfigError(
            f"no folder for temporary files can be made ({error.strerror or error}): set TMPDIR to one that can be written"
        ) from error
    folder.metrics.mkdir()
    handle = os.open(folder.path / "settings.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(settings.model_dump_json())
    make_places(folder.places, processes, len(settings.engines))
    write_board(folder.board, [])
    return folder
