"""The expert panel: its HTTP API, and the way between panels and comparisons."""
