"""python opencensus_jaeger.py FORMAT ENDPOINT SERVICE: one trace by OpenCensus, by UDP to Jaeger's agent."""

import sys
from urllib.parse import urlsplit

from opencensus.ext.jaeger.trace_exporter import JaegerExporter
from opencensus.trace.link import Link, Type
from opencensus.trace.samplers import AlwaysOnSampler
from opencensus.trace.span import SpanKind
from opencensus.trace.status import Status
from opencensus.trace.tracer import Tracer

_, endpoint, service = sys.argv[1:4]
agent = urlsplit(endpoint)
exporter = JaegerExporter(service_name=service, agent_host_name=agent.hostname, agent_port=agent.port)
tracer = Tracer(exporter=exporter, sampler=AlwaysOnSampler())

with tracer.span("POST /orders") as request:
    request.span_kind = SpanKind.SERVER
    request.add_attribute("order.id", "ü-1")
    request.add_attribute("order.items", 3)
    request.add_attribute("order.total", 9.5)
    request.add_attribute("order.gift", True)
    with request.span("publish orders") as publish:
        publish.add_annotation("sent", bytes=120)
    with request.span("process orders") as consume:
        consume.add_link(Link(request.context_tracer.trace_id, publish.span_id, type=Type.PARENT_LINKED_SPAN))
        with consume.span("charge card") as charge:
            charge.set_status(Status(2, "card declined"))

print(f"trace {tracer.span_context.trace_id}")
