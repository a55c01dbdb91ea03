"""Labelled datasets as instructions: columns in Arrow from the file to the example, rows never as Python objects.

The protocol is that of LlamaLens (Kmainasi et al. 2025) where the documentation page on datasets says so.
"""
