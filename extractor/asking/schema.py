"""The ledger's tables, and the way from each older version to the next."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from extractor.errors import StoreError

MIGRATIONS: tuple[str, ...] = (
    # 1
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        task TEXT NOT NULL,
        chapter TEXT NOT NULL,
        part TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN
            ('pending', 'done', 'empty', 'failed', 'refused', 'truncated', 'blank', 'in_doubt')),
        reason TEXT NOT NULL DEFAULT '',
        endpoint TEXT NOT NULL,
        model TEXT NOT NULL,
        prompt_hash TEXT NOT NULL,
        hit_tokens INTEGER NOT NULL DEFAULT 0,
        miss_tokens INTEGER NOT NULL DEFAULT 0,
        completion_tokens INTEGER NOT NULL DEFAULT 0,
        reasoning_tokens INTEGER NOT NULL DEFAULT 0,
        cny REAL,
        usd REAL,
        at_most_cny REAL,
        started TEXT NOT NULL,
        seconds REAL
    ) STRICT;
    CREATE INDEX attempts_key ON attempts (key, id);
    CREATE INDEX attempts_name ON attempts (task, chapter, part, id);
    CREATE INDEX attempts_pending ON attempts (id) WHERE state = 'pending';
    CREATE TABLE replies (attempt INTEGER PRIMARY KEY REFERENCES attempts (id), text TEXT NOT NULL) STRICT;
    """,
)
VERSION = len(MIGRATIONS)


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger, made or brought to this version where needed; commits are on disk when they return.

    Raises:
        StoreError: not a ledger, written by a newer version, or the folder or disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened: {error}. {way_out(error)}") from error
    return connection


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to `VERSION` in one transaction.

    Raises:
        StoreError: the file is of a newer version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError(
            f"{path} is a ledger of version {version}, this program writes version {VERSION}. "
            f"Update the program; the replies in it are paid for."
        )
    if version < VERSION:
        steps = "".join(MIGRATIONS[version:])
        connection.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")


def way_out(error: Exception) -> str:
    """Say what a person can do about a fault of the disk or the file."""
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return "Restore it from a copy, or move it away to start anew (what it holds is then paid again)."
    if "full" in text:
        return "Free some space, then run the same command again."
    return "Check the folder's permissions and the disk, then run the same command again."
