"""The expert panel: panels, items with their answers, assignments, rankings."""

import sqlalchemy as sa
from alembic import op

from caibian.storage.columns import Json, Moment, Serial

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "panels",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("comparison", sa.String(255), nullable=False),
        sa.Column("examples_sha256", sa.String(64), nullable=False),
        sa.Column("seed", Serial, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("per_item", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_panels_state")),
        sa.PrimaryKeyConstraint("id", name="pk_panels"),
        sa.UniqueConstraint("name", name="uq_panels_name"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("panel_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("card", sa.String(200), nullable=False),
        sa.Column("card_name_zh", sa.Text(), nullable=False),
        sa.Column("card_name_en", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("shown", Json(), nullable=False),
        sa.Column("rubric", Json(), nullable=False),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name="fk_items_panel_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("panel_id", "example_id", name="uq_items_panel_id_example_id"),
        sa.UniqueConstraint("panel_id", "number", name="uq_items_panel_id_number"),
    )
    op.create_table(
        "answers",
        sa.Column("item_id", sa.String(32), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", Json(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_answers_item_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "key", name="pk_answers"),
    )
    op.create_table(
        "unblinding",
        sa.Column("item_id", sa.String(32), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "key"],
            ["answers.item_id", "answers.key"],
            name="fk_unblinding_item_id_key",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", "key", name="pk_unblinding"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("panel_id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(32), nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seats", Json(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("draft", Json(), nullable=False),
        sa.Column("skip_reason", sa.String(32), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("last_write", sa.String(64), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'started', 'ranked', 'skipped')", name=op.f("ck_assignments_state")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_assignments_item_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panels.id"], name="fk_assignments_panel_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_assignments_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.UniqueConstraint("item_id", "user_id", name="uq_assignments_item_id_user_id"),
        sa.UniqueConstraint(
            "panel_id", "user_id", "position", name="uq_assignments_panel_id_user_id_position"
        ),
    )
    op.create_index("ix_assignments_user_id", "assignments", ["user_id"])
    op.create_table(
        "rankings",
        sa.Column("assignment_id", sa.String(32), nullable=False),
        sa.Column("order", Json(), nullable=False),
        sa.Column("abstained", sa.String(32), nullable=True),
        sa.Column("violations", Json(), nullable=False),
        sa.Column("comment", Json(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name="fk_rankings_assignment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assignment_id", name="pk_rankings"),
    )
