"""Tables, transactions, queries and migrations. The only place that begins and ends transactions."""

from workflows.store.database import Busy, Database, connect, read, transaction, tried, undone
from workflows.store.migrations import migrate

__all__ = ["Busy", "Database", "connect", "migrate", "read", "transaction", "tried", "undone"]
