"""Examples to and from the files that other tools train on: alpaca, sharegpt, OpenAI messages, LLaMA-Factory.

Both ways stream: a million examples need no more memory than a block of them. With our own columns kept, what is
exported comes back the same.
"""

from caibian.instructions.exchange.exporting import count, export, export_llama_factory
from caibian.instructions.exchange.importing import import_
from caibian.instructions.exchange.layouts import LAYOUTS, Layout
from caibian.instructions.exchange.lines import write_jsonl

__all__ = ["LAYOUTS", "Layout", "count", "export", "export_llama_factory", "import_", "write_jsonl"]
