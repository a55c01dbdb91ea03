"""Models of transformers, many conversations at once: `TorchChat`."""

from caibian.models.torch_chat.model import TorchChat

__all__ = ["TorchChat"]
