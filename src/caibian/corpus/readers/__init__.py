"""Readers: files of archives in, batches of raw rows out, with bounded memory."""

from caibian.corpus.readers._encoding import detect_encoding
from caibian.corpus.readers._newsml import read_xml
from caibian.corpus.readers._ninjs import read_json
from caibian.corpus.readers._units import Unit, find_units, read_unit

__all__ = ["Unit", "detect_encoding", "find_units", "read_json", "read_unit", "read_xml"]
