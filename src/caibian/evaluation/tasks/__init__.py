"""Models on labelled datasets and text tasks: asked in one of three ways, measured, and set beside simple methods.

`caibian.evaluation.tasks.run.evaluate` is the whole of it; `caibian evaluate tasks` calls it.
"""
