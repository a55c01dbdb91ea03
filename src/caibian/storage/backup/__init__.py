"""Backup and restore: one file of one format for both kinds of database.

`write_backup` writes a consistent view of all that is kept, while the service runs, into a compressed file of JSON lines;
`restore_backup` fills a database from it, all or nothing. What was saved from SQLite can be restored into PostgreSQL and
the other way round. Sessions and counted logins are not carried: after a restore everybody logs in anew.

The file: a head (format, schema, tables with their columns), then for each table its name and its rows, then a tail with the
number of rows of each table and the SHA-256 of everything before it.
"""

from caibian.storage.backup.read import Manifest, read_manifest
from caibian.storage.backup.restore import restore_backup
from caibian.storage.backup.write import write_backup

__all__ = ["Manifest", "read_manifest", "restore_backup", "write_backup"]
