"""Settings of the training stage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CardWeight = Literal["token", "sqrt", "example"]


class LoraConfig(BaseModel):
    """Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685)."""

    model_config = ConfigDict(extra="forbid")

    rank: int = Field(16, gt=0, le=512, description="Rank of the update; memory and capacity grow with it.")
    alpha: float = Field(32.0, gt=0, description="The update is scaled by alpha / rank.")
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Dropout on the update's input; 0 allows the fast path."
    )
    targets: list[str] | Literal["all-linear"] = Field(
        "all-linear", description="Names of the linear layers to adapt, or all of them but the head."
    )


class EarlyStopping(BaseModel):
    """Stop when the validation loss no longer falls."""

    model_config = ConfigDict(extra="forbid")

    patience: int = Field(3, gt=0, description="Validations without improvement before training stops.")
    min_delta: float = Field(0.0, ge=0, description="Smallest fall in nats per token that counts.")


class TrainingConfig(BaseModel):
    """LoRA fine-tuning with loss on the answers only."""

    model_config = ConfigDict(extra="forbid")

    lora: LoraConfig = Field(default_factory=LoraConfig, description="The adapter.")
    learning_rate: float = Field(4e-4, gt=0, description="Peak learning rate of AdamW.")
    warmup: float = Field(
        0.1, ge=0, lt=1, description="Share of the steps over which the learning rate rises."
    )
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = Field(
        "cosine", description="How the learning rate falls after the warm-up."
    )
    weight_decay: float = Field(0.0, ge=0, description="Decoupled weight decay on the adapter.")
    max_grad_norm: float = Field(1.0, gt=0, description="Gradients are clipped to this norm.")
    epochs: float = Field(1.0, gt=0, description="Passes over the training examples.")
    max_tokens: int | None = Field(None, gt=0, description="Stop after this many tokens, prompts included.")
    batch_tokens: int = Field(
        1024, gt=0, description="Tokens of one optimizer step: examples are packed into rows of this length."
    )
    part_tokens: int = Field(
        512, gt=0, description="Tokens that go through the model at once: bounds memory, changes no result."
    )
    same_instruction_together: int = Field(
        4,
        gt=0,
        description="Examples with the same instruction that stand side by side in a row, where their common beginning "
        "is read once: faster, and the same gradient. 1 keeps the order fully random.",
    )
    max_example_tokens: int = Field(1024, gt=0, description="Longer examples are dropped and counted.")
    card_weight: CardWeight = Field(
        "token",
        description="What weighs the same in the loss, whatever the task: an answer token (leads of 60 tokens drown "
        "labels of 2), an example of average length for its card, or in between (sqrt: such an example of n tokens "
        "weighs sqrt(n)). Within a card every token weighs the same.",
    )
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="auto: bf16 where the processor multiplies it natively, else fp32."
    )
    validate_every: int = Field(16, gt=0, description="Steps between validations.")
    validation_examples: int = Field(48, gt=0, description="Examples of the validation split to use.")
    early_stopping: EarlyStopping | None = Field(
        default_factory=lambda: EarlyStopping(), description="null trains to the end."
    )
    checkpoint_every: int = Field(16, gt=0, description="Steps between checkpoints.")
    keep_checkpoints: int = Field(
        2, ge=2, description="Newest checkpoints to keep; two, so that one can be damaged."
    )
    threads: int | None = Field(None, gt=0, description="Processor threads; null takes every physical core.")
    seed: int | None = Field(None, description="null takes the recipe's seed.")
