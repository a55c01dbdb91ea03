"""Run by Alembic: migrations on the connection, and in the transaction, that `upgrade` opened."""

from alembic import context

from caibian.storage.migrations import VERSION_TABLE
from caibian.storage.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
