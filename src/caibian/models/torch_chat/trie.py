"""A closed set of answers as a tree over token ids, so that a beginning that answers share is read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """One token of some answers. Its place among the nodes is that of the edge which leads to it."""

    token: int
    parent: int  # place of the node before it; 0 is the root, which stands for the end of the prompt
    depth: int  # tokens from the root to here
    children: dict[int, int] = field(default_factory=dict)  # token -> place
    ends: int | None = None  # the first choice that is complete here


class Trie:
    """The nodes of all choices, parents before their children; node 0 is the root.

    A node without children need not be read by the model: nothing is asked about what follows it.
    """

    def __init__(self, choices: Sequence[Sequence[int]]) -> None:
        self.nodes = [Node(-1, -1, 0)]
        self.paths: list[list[int]] = []  # of each choice: the nodes of its tokens
        for number, tokens in enumerate(choices):
            at, path = 0, []
            for token in tokens:
                at = self._child(at, token)
                path.append(at)
            if self.nodes[at].ends is None:
                self.nodes[at].ends = number
            self.paths.append(path)
        self.read = [place for place, node in enumerate(self.nodes) if place and node.children]
        """Places of the nodes that the model must read."""

    def _child(self, parent: int, token: int) -> int:
        node = self.nodes[parent]
        if token not in node.children:
            node.children[token] = len(self.nodes)
            self.nodes.append(Node(token, parent, node.depth + 1))
        return node.children[token]

    @property
    def longest(self) -> int:
        """Tokens of the longest choice."""
        return max(node.depth for node in self.nodes)

    def sight(self) -> list[tuple[int, int]]:
        """(reader, seen) pairs of places in `read`: each node sees itself and those on its way from the root."""
        place = {node: at for at, node in enumerate(self.read)}
        pairs = []
        for at, node in enumerate(self.read):
            while node:
                pairs.append((at, place[node]))
                node = self.nodes[node].parent
        return pairs
