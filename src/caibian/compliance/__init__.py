"""What a house will not have its models do: topics that they are not asked about, and orders hidden in pasted material.

What people type is held against the house's topics; what they paste is data, framed so that the model is told so, with
the control tokens of chat templates made harmless.
"""

from caibian.compliance.control_tokens import has_control_tokens, neutralise, reveal
from caibian.compliance.fields import TYPED, is_material
from caibian.compliance.framing import Framed, Reader, frame_task, tame_turns
from caibian.compliance.topics import RefusedTopic, TopicRule, Topics

__all__ = [
    "TYPED",
    "Framed",
    "Reader",
    "RefusedTopic",
    "TopicRule",
    "Topics",
    "frame_task",
    "has_control_tokens",
    "is_material",
    "neutralise",
    "reveal",
    "tame_turns",
]
