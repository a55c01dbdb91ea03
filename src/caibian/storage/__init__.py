"""The database of the house: accounts, keys, limits, the expert panel, and logs of what was asked and who changed what.

SQLite in one file by default, PostgreSQL by URL. `open_database` brings the schema up to date; all changes go through
the functions of this package, each of which commits before it returns.
"""

from caibian.storage.database import Database, open_database

__all__ = ["Database", "open_database"]
