"""The roles of a newsroom; API keys, switches, budgets, usage, and the log of requests."""

import sqlalchemy as sa
from alembic import op

from caibian.storage.columns import Json, Moment, Serial

revision = "0003"
down_revision = "0002"

_ROLES = "role IN ('expert', 'organiser', 'reporter', 'editor', 'chief_editor', 'operator', 'admin')"


def upgrade() -> None:
    _widen_roles()
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("features", Json(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_used", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_sha256", name="uq_api_keys_secret_sha256"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "features",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", Json(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_features"),
    )
    op.create_table(
        "budgets",
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("feature", sa.String(16), nullable=False),
        sa.Column("requests_a_minute", sa.Integer(), nullable=True),
        sa.Column("tokens_a_day", sa.BigInteger(), nullable=True),
        sa.Column("cost_a_day", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "key_id", "feature", name="pk_budgets"),
    )
    op.create_table(
        "usage",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("feature", sa.String(16), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("minute_requests", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("day", "user_id", "key_id", "feature", name="pk_usage"),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("feature", sa.String(16), nullable=False),
        sa.Column("task", sa.String(200), nullable=True),
        sa.Column("model", sa.String(200), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=True),
        sa.Column("ms", sa.Double(), nullable=False),
        sa.Column("first_token_ms", sa.Double(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_at_id", "requests", ["at", "id"])


def _widen_roles() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_users_role"), "users", type_="check")
        op.create_check_constraint(op.f("ck_users_role"), "users", _ROLES)
        return
    # SQLite changes a constraint by copying the table; `upgrade` keeps its foreign keys from cascading meanwhile.
    users = sa.Table(
        "users",
        sa.MetaData(),
        sa.Column("id", Serial, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("display", sa.String(200), nullable=False),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint(_ROLES, name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    with op.batch_alter_table("users", copy_from=users, recreate="always"):
        pass
