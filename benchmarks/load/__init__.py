"""Load on a house that really runs: what asks it, what stands in for a model, and what is done to it meanwhile."""
