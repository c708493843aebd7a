"""What the service is told by its environment; the scenarios of the example change it."""

import os


def seconds(name: str, otherwise_ms: int) -> float:
    return int(os.environ.get(name, otherwise_ms)) / 1000


brokers = os.environ.get("KAFKA_BROKERS", "localhost:9092").split(",")
database = os.environ.get("PAYMENT_DATABASE", "payments.sqlite")

charge_s = seconds("PAYMENT_CHARGE_MS", 200)
insert_s = seconds("PAYMENT_INSERT_MS", 100)
back_off_s = seconds("PAYMENT_BACK_OFF_MS", 200)

# What the card company does not pay.
limit = 10_000
# How often a charge is tried.
attempts = int(os.environ.get("PAYMENT_ATTEMPTS", "1"))
# How often the card company does not answer to the charge for one order.
failures = int(os.environ.get("PAYMENT_FAILURES", "0"))
# none: message by message; shared: a batch under one span; own: a batch, each message in its own trace.
batch = os.environ.get("PAYMENT_BATCH", "none")
# Is killed once it has taken a payment, before its spans have left.
is_killed = os.environ.get("PAYMENT_KILLED", "") == "yes"
