"""How alike two texts are: shingles and MinHash for near-duplicates, ROUGE and copied runs for answers."""

from caibian.similarity._minhash import cluster_signatures, minhash_signatures, near_duplicate_clusters
from caibian.similarity._ngrams import ngram_hashes
from caibian.similarity._overlap import (
    longest_common_substring,
    longest_common_substring_ratio,
    ngram_overlap,
    rouge,
)
from caibian.similarity._shingles import fold, jaccard, shingles

__all__ = [
    "cluster_signatures",
    "fold",
    "jaccard",
    "longest_common_substring",
    "longest_common_substring_ratio",
    "minhash_signatures",
    "near_duplicate_clusters",
    "ngram_hashes",
    "ngram_overlap",
    "rouge",
    "shingles",
]
