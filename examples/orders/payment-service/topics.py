"""Kafka's side of the service: what its spans say of messages, and messages that carry their context."""

import json
import time

from kafka import KafkaProducer
from kafka.errors import KafkaError
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

import settings

ORDERS = "orders.created"
PAYMENTS = "payments.processed"
DEAD_LETTERS = "orders.created.dlq"
GROUP = "payment-service-group"

tracer = trace.get_tracer("payment-service")
producer = KafkaProducer(bootstrap_servers=settings.brokers, acks="all")


def carrier_of(record) -> dict[str, str]:
    """A record's headers as text, as a propagator reads them."""
    return {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}


def attributes_of(record, lag: int | None) -> dict:
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.consumer.group.name": GROUP,
    }
    if record.key is not None:
        attributes["messaging.kafka.message.key"] = record.key.decode("utf-8", "replace")
    if lag is not None:
        attributes["messaging.consumer_lag"] = lag
    return attributes


def send(topic: str, key: bytes | None, value: bytes, attributes: dict | None = None) -> None:
    """Sends a message with the context of its span; returns when the broker has it, however long that takes."""
    with tracer.start_as_current_span(
        f"send {topic}",
        kind=SpanKind.PRODUCER,
        attributes={
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": topic,
            **(attributes or {}),
        },
    ) as span:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        headers = [(name, text.encode()) for name, text in carrier.items()]
        while True:
            try:
                sent = producer.send(topic, key=key, value=value, headers=headers).get(timeout=30)
                break
            except KafkaError as error:
                print(f"{topic}: {error}; once more", flush=True)
                time.sleep(1)
        span.set_attribute("messaging.destination.partition.id", str(sent.partition))
        span.set_attribute("messaging.kafka.offset", sent.offset)


def send_dead_letter(record, error: Exception) -> None:
    """Sends what cannot be paid on to the dead letters, in its trace, and says where it died and of what."""
    send(
        DEAD_LETTERS,
        record.key,
        record.value,
        {
            "waybill.dead_letter.destination": record.topic,
            "waybill.dead_letter.partition": str(record.partition),
            "waybill.dead_letter.offset": record.offset,
            "waybill.dead_letter.reason": type(error).__name__,
        },
    )


def send_payment(order: dict) -> None:
    payment = {"orderId": order["id"], "product": order["product"], "amount": order["amount"]}
    send(PAYMENTS, order["id"].encode(), json.dumps(payment).encode())
