"""The parts of the report page: what a run left behind, turned into rows, positions and words to show."""
