"""Models of transformers, many conversations at once: `TorchChat`, and `Closed`, its answer to a closed question."""

from caibian.models.torch_chat.closed import Closed
from caibian.models.torch_chat.model import TorchChat

__all__ = ["Closed", "TorchChat"]
