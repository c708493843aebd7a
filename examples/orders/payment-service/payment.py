"""Charging a card, and keeping what was paid."""

import sqlite3
import time

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

import settings

tracer = trace.get_tracer("payment-service")
database = sqlite3.connect(settings.database, timeout=10)
database.execute("CREATE TABLE IF NOT EXISTS payments (order_id TEXT PRIMARY KEY, amount REAL NOT NULL)")


class AmountTooHigh(Exception):
    """Trying again would not help."""


class NoAnswer(Exception):
    """The card company did not answer, this time."""


def charge(order: dict) -> None:
    """Charges the card, each attempt in a span of its own. Raises what the last attempt came to."""
    for attempt in range(1, settings.attempts + 1):
        try:
            return charge_once(order, attempt)
        except NoAnswer:
            if attempt == settings.attempts:
                raise
            time.sleep(settings.back_off_s * 2 ** (attempt - 1))


def charge_once(order: dict, attempt: int) -> None:
    attributes = {"order.id": order["id"], "payment.attempt": attempt}
    with tracer.start_as_current_span("charge.card", attributes=attributes):
        time.sleep(settings.charge_s)
        if order["amount"] > settings.limit:
            raise AmountTooHigh("Amount too high!")
        if attempt <= settings.failures:
            raise NoAnswer("The card company did not answer")


def save(order: dict) -> None:
    """Keeps the payment. An order that comes again is paid once: its id is the key."""
    statement = "INSERT OR IGNORE INTO payments (order_id, amount) VALUES (?, ?)"
    with tracer.start_as_current_span(
        "INSERT payments",
        kind=SpanKind.CLIENT,
        attributes={
            "db.system.name": "sqlite",
            "db.operation.name": "INSERT",
            "db.collection.name": "payments",
            "db.query.text": statement,
        },
    ) as span:
        time.sleep(settings.insert_s)
        with database:
            inserted = database.execute(statement, (order["id"], order["amount"]))
        span.set_attribute("db.response.affected_rows", inserted.rowcount)


def failed(span, error: Exception) -> None:
    """Says on a message's span that it came to nothing; the exception itself is on the span that it came from."""
    span.set_status(Status(StatusCode.ERROR, str(error)))
    span.set_attribute("error.type", type(error).__name__)
