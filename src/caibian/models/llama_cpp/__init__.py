"""GGUF models through llama.cpp, in this process: `LlamaCpp`."""

from caibian.models.llama_cpp.model import LlamaCpp
from caibian.models.llama_cpp.native import Adapter, physical_cores

__all__ = ["Adapter", "LlamaCpp", "physical_cores"]
