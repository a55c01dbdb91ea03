"""The database of the house: accounts, sessions, the expert panel, and a log of who changed what.

SQLite in one file by default, PostgreSQL by URL. `open_database` brings the schema up to date; all changes go through
the functions of this package, each of which commits before it returns.
"""

from caibian.storage.database import Database, open_database

__all__ = ["Database", "open_database"]
