"""Weights by name, and `ChatModel`: the one way to ask any model anything."""
