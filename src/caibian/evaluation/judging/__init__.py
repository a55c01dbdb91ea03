"""Judge ranking: any `ChatModel` puts the answers of a comparison in order, and is itself measured.

`run.judge` and `run.rule` rank, `examining.examine_all` says what came of it.
"""
