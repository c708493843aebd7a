"""python opentelemetry_sdk.py FORMAT ENDPOINT SERVICE: two traces by OpenTelemetry's SDK and one of its exporters."""

import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as OtlpGrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as OtlpHttpExporter
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

format, endpoint, service = sys.argv[1:4]

exporters = {
    "otlp-grpc": lambda: OtlpGrpcExporter(endpoint=endpoint, insecure=True),
    "otlp-proto": lambda: OtlpHttpExporter(endpoint=f"{endpoint}/v1/traces", compression=Compression.Gzip),
    "zipkin-v2": lambda: ZipkinExporter(endpoint=f"{endpoint}/api/v2/spans"),
}

provider = TracerProvider(resource=Resource.create({"service.name": service, "service.version": "1.2.3"}))
provider.add_span_processor(BatchSpanProcessor(exporters[format]()))
tracer = provider.get_tracer("interop", "0.1.0")

with tracer.start_as_current_span(
    "POST /orders",
    kind=SpanKind.SERVER,
    attributes={"order.id": "ü-1", "order.items": 3, "order.total": 9.5, "order.gift": True},
) as request:
    with tracer.start_as_current_span(
        "publish orders",
        kind=SpanKind.PRODUCER,
        attributes={"messaging.system": "kafka", "messaging.destination.name": "orders"},
    ) as publish:
        pass

link = Link(publish.get_span_context(), {"reason": "message"})
with tracer.start_as_current_span("process orders", kind=SpanKind.CONSUMER, links=[link]) as consume:
    with tracer.start_as_current_span("charge card") as charge:
        charge.record_exception(ValueError("card declined"))
        charge.set_status(Status(StatusCode.ERROR, "card declined"))

provider.shutdown()
for span in (request, consume):
    print(f"trace {trace.format_trace_id(span.get_span_context().trace_id)}")
