"""A tiny random Qwen2 and a byte-level tokenizer, both made on the spot."""

from __future__ import annotations

from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TEXTS = [
    "The council approved the budget for 2024 on Monday, officials said.",
    "市议会周一批准了二〇二四年预算，官员说。新闻标题：预算获批。",
    '{"title": "headline", "label": "positive", "score": 3, "tags": ["a", "b"]}',
]


def tiny_tokenizer() -> Any:
    """A byte-level BPE tokenizer of about 320 tokens with Qwen's control tokens and chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>")
    fast.chat_template = TEMPLATE
    return fast


def tiny_model(tokenizer: Any, seed: int = 0, **changes: Any) -> Any:
    """A Qwen2 of two layers with random float32 weights, large enough that its choices are not ties."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        **{
            "vocab_size": len(tokenizer),
            "hidden_size": 48,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 6,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "tie_word_embeddings": False,
            "initializer_range": 0.4,
            **changes,
        }
    )
    torch.manual_seed(seed)
    return Qwen2ForCausalLM(config).eval()
