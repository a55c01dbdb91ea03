"""Bars, and whether they were kept."""

from __future__ import annotations


def kept(good: bool) -> str:
    """A bar's verdict."""
    return "kept" if good else "MISSED"
