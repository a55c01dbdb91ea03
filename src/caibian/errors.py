"""The one tree of errors. Each message names what was wrong, where, and the remedy.

CaibianError
├── ConfigError        a recipe, a card or an option is wrong (message: `yaml.path: what, got value`)
├── InputError         a file, a row or a field of the user's data is wrong
│   └── UnsafePickle   a pickle asked for more than lists, strings and numbers
├── EmptyResult        a stage dropped everything; the message names the filters that took it
├── DownloadError      no origin could deliver
│   ├── WrongHash      what arrived is not what was promised
│   └── DiskFull       not enough free space, found before or while writing
├── ModelError         a model could not load or answer
│   ├── ModelNotFound  neither a registered name, a path nor a hub id
│   ├── ContextOverflow  a conversation is longer than the model can read
│   ├── UnsupportedSchema  a JSON schema that the backend cannot keep to
│   └── RemoteError    an OpenAI-compatible server refused or went silent after all retries
├── CheckpointError    no usable checkpoint where one was required
├── StageError         a stage of a run stopped on an error or died
├── RunLocked          another process works in the same run directory
├── VerificationError  an exported model does not say what the trained one says
├── PortInUse          the service's port is taken
└── MissingExtra       a library of an optional extra is not installed
"""

from __future__ import annotations


class CaibianError(Exception):
    """Base of all errors that a user can mend; the command line prints them without a traceback."""


class ConfigError(CaibianError):
    """A recipe, a card or a command-line option is wrong."""


class InputError(CaibianError):
    """A file, a row or a field of the user's data is wrong."""


class UnsafePickle(InputError):
    """A pickle asked for a class or a function; only lists, strings and numbers are admitted."""


class EmptyResult(CaibianError):
    """A stage produced nothing."""


class DownloadError(CaibianError):
    """No origin could deliver a file."""


class WrongHash(DownloadError):
    """The bytes that arrived do not have the promised SHA-256."""


class DiskFull(DownloadError):
    """The disk has, or turned out to have, too little room."""


class ModelError(CaibianError):
    """A model could not be loaded or could not answer."""


class ModelNotFound(ModelError):
    """A model reference is neither a registered name, a path nor a hub id."""


class ContextOverflow(ModelError):
    """A conversation, with its answer, is longer than the model's context."""


class UnsupportedSchema(ModelError):
    """A JSON schema is broken, or has a keyword that the backend cannot keep to."""


class RemoteError(ModelError):
    """A model server refused, or did not answer after all retries."""


class CheckpointError(CaibianError):
    """A checkpoint is missing, truncated or of another run."""


class StageError(CaibianError):
    """A stage of a run stopped on an error or died; what it had finished is kept."""


class RunLocked(CaibianError):
    """Another process works in the same run directory."""


class VerificationError(CaibianError):
    """An exported model differs from the trained one by more than the tolerance."""


class PortInUse(CaibianError):
    """The port asked for is taken by another program."""


class MissingExtra(CaibianError):
    """A library of an optional extra is not installed; the message is the command that helps."""

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(f"{library} is not installed; run: pip install 'caibian[{extra}]'")
