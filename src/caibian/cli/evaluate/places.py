"""Where the examples of a split are, by what a person names: a file, a folder, a run."""

from __future__ import annotations

from pathlib import Path


def split_file(place: Path, split: str) -> Path:
    """The file of one split: `place` itself, in the folder `place`, or in the instructions stage of the run `place`."""
    from caibian.errors import InputError
    from caibian.pipeline import audit_page

    if place.is_file():
        return place
    if (found := place / f"{split}.parquet").is_file():
        return found
    if (place / "run.json").is_file() and (
        found := audit_page.examples_folder(place) / f"{split}.parquet"
    ).is_file():
        return found
    raise InputError(
        f"{place}: neither a Parquet file, a folder with {split}.parquet, nor a run whose instructions stage made one"
    )


def beside(test: Path) -> Path | None:
    """The training examples that were built together with a test.parquet, where they lie beside it."""
    train = test.with_name("train.parquet")
    return train if test.name == "test.parquet" and train.is_file() else None
