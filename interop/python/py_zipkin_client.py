"""python py_zipkin_client.py FORMAT ENDPOINT SERVICE: one trace by py_zipkin."""

import sys
import urllib.request

from py_zipkin import Encoding, Kind
from py_zipkin.zipkin import ZipkinAttrs, create_attrs_for_span, zipkin_span

format, endpoint, service = sys.argv[1:4]
encoding, path, content_type = {
    "zipkin-v1-json": (Encoding.V1_JSON, "/api/v1/spans", "application/json"),
    "zipkin-v2": (Encoding.V2_JSON, "/api/v2/spans", "application/json"),
    "zipkin-v2-proto": (Encoding.V2_PROTO3, "/api/v2/spans", "application/x-protobuf"),
}[format]


def transport(body):
    content = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(f"{endpoint}{path}", content, {"Content-Type": content_type})
    urllib.request.urlopen(request, timeout=10).read()


attrs: ZipkinAttrs = create_attrs_for_span(sample_rate=100.0)
with zipkin_span(
    service_name=service,
    span_name="POST /orders",
    kind=Kind.SERVER,
    transport_handler=transport,
    zipkin_attrs=attrs,
    port=8080,
    encoding=encoding,
    binary_annotations={"order.id": "ü-1"},
):
    with zipkin_span(service_name=service, span_name="process orders", kind=Kind.LOCAL):
        with zipkin_span(service_name=service, span_name="charge card", kind=Kind.CLIENT) as charge:
            charge.add_sa_binary_annotation(port=8443, service_name=f"{service}-bank", host="10.1.2.3")
            charge.add_annotation("declined")
            charge.update_binary_annotations({"error": "card declined"})

print(f"trace {attrs.trace_id}")
