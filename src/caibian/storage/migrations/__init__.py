"""The schema's history, and `upgrade`, which brings a database to its newest state in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from caibian.errors import InputError

VERSION_TABLE = "caibian_schema"
_UPGRADE_LOCK = 0x0CA1B1A4  # PostgreSQL's advisory lock: two processes that start together upgrade one by one


def upgrade(engine: Engine, shown: str, revision: str = "head") -> None:
    """Upgrade the schema, all or nothing; does nothing where it is up to date.

    Args:
        shown: how error messages name the database.

    Raises:
        InputError: the database was written by a newer version, or holds tables that are not ours.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if current_revision(connection) == scripts.get_current_head() and revision == "head":
            return
    with rebuilding(engine) as connection:
        upgrade_within(connection, shown, revision)


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction that may change tables, alone among all processes that do.

    SQLite changes a table by making it anew and dropping the old one, which would take rows that refer to it along:
    foreign keys therefore sleep meanwhile, and are checked before the end.
    """
    with engine.execution_options(caibian_write=True).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise InputError(f"table {broken[0]}, row {broken[1]}: refers to a row that is not there")
        finally:
            if sqlite:
                _pragma(connection, "foreign_keys=ON")


def upgrade_within(connection: Connection, shown: str, revision: str = "head") -> None:
    """As `upgrade`, in a transaction of `rebuilding`."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    found = current_revision(connection)
    if found is not None and found not in known_revisions():
        raise InputError(
            f"{shown}: written by a newer Caibian (schema {found}, this one knows up to "
            f"{scripts.get_current_head()}); install the newer version: pip install -U caibian"
        )
    if found is None and "users" in inspect(connection).get_table_names():
        raise InputError(
            f"{shown}: holds a table `users` that is not Caibian's; give it a database of its own"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _pragma(connection: Connection, setting: str) -> None:
    # Beneath SQLAlchemy, which would begin a transaction first; within one this setting has no effect.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "caibian.storage:migrations")
    return config


def known_revisions() -> set[str]:
    """The revisions that a database can be of and be read here."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def current_revision(connection: Connection) -> str | None:
    """The revision that a database is of; None: it has none of our tables."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()
