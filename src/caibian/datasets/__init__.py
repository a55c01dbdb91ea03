"""Datasets by name, opened as one Parquet file of Articles each."""

from caibian.datasets.registry import RegisteredDataset, registered
from caibian.datasets.store import DatasetFacts, describe, open_dataset, remove

__all__ = ["DatasetFacts", "RegisteredDataset", "describe", "open_dataset", "registered", "remove"]
