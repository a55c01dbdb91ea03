from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from caibian.datasets.pickles import load_plain
from caibian.errors import InputError, UnsafePickle

PLAIN = (["标题", "b"], [1, -2, 10**30, 2.5, True], [("x", ["deep", ["er"]])])


class Evil:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_are_read_in_every_protocol(protocol: int) -> None:
    assert load_plain(pickle.dumps(PLAIN, protocol), "x") == PLAIN


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_tries_to_run_code_runs_none(protocol: int, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    data = pickle.dumps([["title"], Evil(os.mkdir, str(trace))], protocol)
    with pytest.raises(UnsafePickle, match=r"train\.pkl: the pickle wants (GLOBAL|STACK_GLOBAL)"):
        load_plain(data, "train.pkl")
    assert not trace.exists()
    pickle.loads(data)  # the data is not harmless by accident
    assert trace.exists()


@pytest.mark.parametrize("value", [{"a": 1}, {1, 2}, None, b"bytes", Path("x"), complex(1, 2)])
def test_anything_else_than_lists_tuples_strings_and_numbers_is_refused(value: Any) -> None:
    with pytest.raises(UnsafePickle, match="only lists, tuples, strings and numbers"):
        load_plain(pickle.dumps([value]), "x")


def test_a_stored_object_is_refused() -> None:
    with pytest.raises(UnsafePickle):
        load_plain(b"\x80\x02Pid\n.", "x")


@pytest.mark.parametrize("cut", [0, 1, 5, 40, -1])
def test_half_a_pickle_is_bad_input(cut: int) -> None:
    with pytest.raises(InputError, match="x: not a whole pickle"):
        load_plain(pickle.dumps(PLAIN)[:cut], "x")
