"""Train, validation and test: drawn by a seeded hash, whole clusters at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from caibian.corpus.config import SplitConfig
from caibian.errors import ConfigError

_HELD_OUT = ("test", "validation")  # in the order they are filled; test first, so that it is exact


@dataclass(frozen=True, slots=True)
class Assignment:
    """The side of each article, and how many left the side their publisher gave them."""

    sides: list[str]
    moved: int = 0


def draw_order(seed: int, name: str) -> bytes:
    """Where an article or cluster stands in the seed's random order: the same however many others there are."""
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "replace")).digest()


def assign(
    clusters: Sequence[str], published: Sequence[str | None], config: SplitConfig, seed: int
) -> Assignment:
    """Put every article on one side, and all articles of a cluster on the same.

    With `config.publisher` an article's published side holds: in a cluster that has several, test wins over
    validation over train, so that no copy of a test article is trained on. Sides that the publisher does not have
    are drawn from the rest.

    Args:
        clusters: the name of each article's cluster.
        published: the publisher's side of each article, or None.

    Raises:
        ConfigError: more articles are asked for than there are.
    """
    sizes = Counter(clusters)
    side_of: dict[str, str] = {}
    if config.publisher:
        for side in ("train", "validation", "test"):
            side_of |= {
                cluster: side for cluster, own in zip(clusters, published, strict=True) if own == side
            }
    held = set(side_of.values())
    order = sorted(
        (cluster for cluster in sizes if side_of.get(cluster, "train") == "train"),
        key=lambda cluster: draw_order(seed, cluster),
    )
    free = sum(sizes[cluster] for cluster in order)
    targets = {side: _target(getattr(config, side), len(clusters)) for side in _HELD_OUT if side not in held}
    if sum(targets.values()) >= free and any(targets.values()):
        asked = " and ".join(f"{count} for {side}" for side, count in targets.items() if count)
        raise ConfigError(f"corpus.split: asks for {asked}, which leaves nothing to train of {free} articles")
    for side, wanted in targets.items():
        room = wanted
        rest = []
        for cluster in order:
            if sizes[cluster] <= room:
                side_of[cluster] = side
                room -= sizes[cluster]
            else:
                rest.append(cluster)
        order = rest
    sides = [side_of.get(cluster, "train") for cluster in clusters]
    moved = sum(
        own is not None and own in held and own != side
        for own, side in zip(published, sides, strict=True)
        if config.publisher
    )
    return Assignment(sides, moved)


def _target(wanted: float, articles: int) -> int:
    """How many articles a share or a number means; a share of a few articles is at least one of three."""
    if wanted == 0:
        return 0
    if wanted >= 1:
        return int(wanted)
    return max(1 if articles >= 3 else 0, round(wanted * articles))
