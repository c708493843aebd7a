"""Whom we have greeted, in SQLite. Every query is a span, without a line for it here."""

import os

from sqlalchemy import create_engine, text

engine = create_engine(f"sqlite:///{os.environ.get('HELLO_DATABASE', 'hello.sqlite')}")
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS greetings (name TEXT NOT NULL)"))


def greet(name: str) -> int:
    """Notes that somebody was greeted, and says how often that has happened."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO greetings (name) VALUES (:name)"), {"name": name})
        count = text("SELECT count(*) FROM greetings WHERE name = :name")
        return connection.execute(count, {"name": name}).scalar()
