"""message-worker: takes the tasks out of RabbitMQ's queue, one after the other, each in the trace of its sender."""

import tracing

import json
import os
import signal
import time

import pika
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from pika.exceptions import AMQPConnectionError, ChannelClosed, ConnectionClosed

QUEUE = "tasks"
url = os.environ.get("AMQP_URL", "amqp://guest:guest@localhost:5672")
work_s = int(os.environ.get("WORKER_MS", "300")) / 1000
tracer = trace.get_tracer("message-worker")


is_running = True


def process(channel, method, properties, body: bytes) -> None:
    carrier = {name: value for name, value in (properties.headers or {}).items() if isinstance(value, str)}
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": QUEUE,
        "messaging.rabbitmq.destination.routing_key": method.routing_key,
        "messaging.rabbitmq.message.delivery_tag": method.delivery_tag,
    }
    if properties.message_id is not None:
        attributes["messaging.message.id"] = properties.message_id
    if properties.correlation_id is not None:
        attributes["messaging.message.conversation_id"] = properties.correlation_id
    if method.redelivered:
        attributes["waybill.message.attempt"] = 2
    with tracer.start_as_current_span(
        "process.task", context=propagate.extract(carrier), kind=SpanKind.CONSUMER, attributes=attributes
    ) as span:
        try:
            task = json.loads(body)
            span.set_attribute("task.type", task["type"])
            span.set_attribute("task.to", task["to"])
        except (ValueError, KeyError, TypeError) as error:
            # It would be no task the next time either.
            span.record_exception(error)
            span.set_status(Status(StatusCode.ERROR, "no task"))
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        time.sleep(work_s)
        span.set_status(Status(StatusCode.OK))
        print(f"Did {task['type']} to {task['to']}, correlation {properties.correlation_id}", flush=True)
    # Only now: a task whose worker is gone is given to another.
    channel.basic_ack(method.delivery_tag)


def consume() -> None:
    """Takes tasks until told to stop. Raises when the broker goes away."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()

        def stop(*_) -> None:
            global is_running
            is_running = False
            connection.add_callback_threadsafe(channel.stop_consuming)

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, stop)
        channel.queue_declare(queue=QUEUE, durable=True)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(queue=QUEUE, on_message_callback=process)
        print("ready  message-worker", flush=True)
        channel.start_consuming()


def end(*_) -> None:
    global is_running
    is_running = False


while is_running:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    try:
        consume()
    except (AMQPConnectionError, ChannelClosed, ConnectionClosed) as error:
        print(f"RabbitMQ is away: {error!r}", flush=True)
        time.sleep(1)
tracing.provider.shutdown()
