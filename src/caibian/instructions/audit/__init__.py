"""What a set of examples is made of and what is wrong with it: counts, lengths, labels, copies, leaks, wordings, checks.

Texts are read a block at a time and become numbers; only what a person is to read becomes an Example. Everything here
ends in JSON values (`audit.json`), which `caibian.pipeline.audit_page` draws.
"""

from caibian.instructions.audit.run import audit

__all__ = ["audit"]
