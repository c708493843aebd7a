"""payment-service: takes the orders, charges for them, and tells of every payment.

orders.created -> charge.card, INSERT payments -> payments.processed, or orders.created.dlq
"""

import tracing

import json
import os
import signal
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

import settings
from payment import charge, failed, save
from topics import GROUP, ORDERS, attributes_of, carrier_of, producer, send_dead_letter, send_payment, tracer


class Ready(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        if assigned:
            print("ready  payment-service", flush=True)


consumer = KafkaConsumer(
    bootstrap_servers=settings.brokers,
    group_id=GROUP,
    auto_offset_reset="earliest",
    # An order counts as taken once it is paid or dead-lettered, not before.
    enable_auto_commit=False,
    session_timeout_ms=6_000,
    heartbeat_interval_ms=1_000,
    # A consumer that saw no partitions of a new topic asks again for them, by default after five minutes.
    metadata_max_age_ms=1_000,
)


def lag_of(record) -> int | None:
    """How many messages its partition holds behind this one."""
    high = consumer.highwater(TopicPartition(record.topic, record.partition))
    return None if high is None else high - record.offset - 1


def read_order(record) -> dict:
    order = json.loads(record.value)
    if not isinstance(order, dict) or not isinstance(order.get("id"), str):
        raise ValueError("no order")
    if not isinstance(order.get("amount"), (int, float)):
        raise ValueError("an order without an amount")
    order.setdefault("product", "Unknown")
    return order


def process(record, parent: Context, links: list[Link]) -> None:
    """Deals with one order in a span of its own, below `parent`."""
    with tracer.start_as_current_span(
        "process.payment",
        context=parent,
        kind=SpanKind.CONSUMER,
        links=links,
        attributes=attributes_of(record, lag_of(record)),
    ) as span:
        carrier = carrier_of(record)
        carried = trace.get_current_span(propagate.extract(carrier)).get_span_context()
        if "traceparent" in carrier and not carried.is_valid:
            span.add_event("context.unreadable", {"traceparent": carrier["traceparent"]})
        try:
            order = read_order(record)
            span.set_attribute("order.id", order["id"])
            span.set_attribute("order.product", order["product"])
            span.set_attribute("order.amount", order["amount"])
            charge(order)
            save(order)
        except Exception as error:
            print(f"An order could not be paid: {error}", flush=True)
            failed(span, error)
            send_dead_letter(record, error)
            return
        send_payment(order)
        if settings.is_killed:
            os.kill(os.getpid(), signal.SIGKILL)
        span.add_event("payment.processed", {"payment.status": "success", "payment.amount": order["amount"]})
        span.set_status(Status(StatusCode.OK))
        print(f"Paid order {order['id']}", flush=True)


def process_all(records: list) -> None:
    if settings.batch == "none":
        for record in records:
            process(record, propagate.extract(carrier_of(record)), [])
        return
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "poll",
        "messaging.operation.type": "receive",
        "messaging.destination.name": ORDERS,
        "messaging.consumer.group.name": GROUP,
        "messaging.batch.message_count": len(records),
    }
    # Where the messages come from, for whoever looks at the batch.
    contexts = [propagate.extract(carrier_of(record)) for record in records]
    producers = [trace.get_current_span(context).get_span_context() for context in contexts]
    is_own = settings.batch == "own"
    links = [Link(context) for context in producers if context.is_valid] if is_own else []
    with tracer.start_as_current_span(
        f"poll {ORDERS}", context=Context(), kind=SpanKind.CLIENT, attributes=attributes, links=links
    ) as poll:
        shared = trace.set_span_in_context(poll)
        for record, context in zip(records, contexts):
            if is_own:
                process(record, context, [Link(poll.get_span_context())])
            else:
                process(record, shared, [])


is_running = True


def stop(*_) -> None:
    global is_running
    is_running = False


for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, stop)

# A consumer that joins its group before it knows the topic is given no partitions.
while is_running and not consumer.partitions_for_topic(ORDERS):
    time.sleep(0.1)
consumer.subscribe([ORDERS], listener=Ready())
most = 1 if settings.batch == "none" else 100
while is_running:
    polled = consumer.poll(timeout_ms=200, max_records=most)
    records = [record for partition in polled.values() for record in partition]
    if records:
        process_all(records)
        consumer.commit()

consumer.close()
producer.close()
tracing.provider.shutdown()
