"""Weights by name, and `ChatModel`: the one way to ask any model anything."""

from caibian.models.chat import ChatModel, Choice, Conversation, Options
from caibian.models.open import open_model

__all__ = ["ChatModel", "Choice", "Conversation", "Options", "open_model"]
