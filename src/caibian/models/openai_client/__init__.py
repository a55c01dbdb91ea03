"""Any OpenAI-compatible server as a ChatModel: `OpenAIChat`."""

from caibian.models.openai_client.ledger import Ledger, Prices
from caibian.models.openai_client.model import OpenAIChat

__all__ = ["Ledger", "OpenAIChat", "Prices"]
