"""Judge ranking: any `ChatModel` puts the answers of a comparison in order, and is itself measured.

`caibian.evaluation.judging.run.run` is the whole of it.
"""
