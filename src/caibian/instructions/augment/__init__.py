"""More training examples out of few: paraphrase, back-translation, synonyms, other entities, noise; each by itself on
or off. The settings are in `config`, the function in `run`."""
