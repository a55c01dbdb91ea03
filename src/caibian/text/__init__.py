"""The one place that knows that Chinese has no spaces: lengths, sentences, tokens, normalisation, scripts.

Two ways to tidy a string stand side by side, and they are not interchangeable: `tidy` is for text that
people will read (it keeps Chinese punctuation full-width), `normalize` is for comparing strings.
"""

from caibian.text._changes import Change, changes
from caibian.text._forms import clean_whitespace, normalize, tidy, to_simplified, to_traditional
from caibian.text._language import HAN, han_share, language_of
from caibian.text._sentences import sentence_spans, sentences
from caibian.text._tokens import characters, length, ngrams, rouge_tokens, words

__all__ = [
    "Change",
    "HAN",
    "changes",
    "characters",
    "clean_whitespace",
    "han_share",
    "language_of",
    "length",
    "ngrams",
    "normalize",
    "rouge_tokens",
    "sentence_spans",
    "sentences",
    "tidy",
    "to_simplified",
    "to_traditional",
    "words",
]
