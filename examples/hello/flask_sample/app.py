"""flask_sample: greets in three ways, by its database, over HTTP and over gRPC, and tells span E of the model."""

import os
import signal
import sys

import grpc
import requests
from flask import Flask, jsonify, request
from opentracing import Format, SpanContextCorruptedException, tags
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

import tracing
from greeter import greeter, say_hello
from greetings import greet

# Hosts and ports: gotest's for HTTP and for gRPC, and ours.
HTTP = os.environ.get("HELLO_HTTP", "127.0.0.1:12345")
GRPC = os.environ.get("HELLO_GRPC", "127.0.0.1:12346")
HOST, PORT = os.environ.get("HELLO_FLASK", "127.0.0.1:8083").split(":")

app = Flask(__name__)
tracing.init_opencensus_tracing(app)
opentracer = tracing.init_opentracing()
stub = greeter(GRPC)


@app.route("/hello")
def hello():
    name = request.args.get("name", "world")
    if not 1 <= len(name) <= 64:
        return jsonify(error="name has 1 to 64 characters", traceId=tracing.trace_id()), 400
    times = greet(name)
    try:
        answer = requests.get(f"http://{HTTP}/sub", timeout=5)
        answer.raise_for_status()
        message = say_hello(stub, name)
    except (requests.RequestException, grpc.RpcError) as error:
        reason = error.details() if isinstance(error, grpc.RpcError) else str(error)
        return jsonify(error=f"gotest does not answer: {reason}", traceId=tracing.trace_id()), 502
    return jsonify(message=message, sub=answer.json()["message"], times=times, traceId=tracing.trace_id())


@app.route("/model/e")
def model_e():
    """Span E of the model: the part of the trace that is told in another process, and where its baggage arrives."""
    try:
        context = opentracer.extract(Format.HTTP_HEADERS, dict(request.headers))
    except SpanContextCorruptedException:
        context = None
    if context is None:
        return jsonify(error="uber-trace-id is missing, or is none"), 400
    with opentracer.start_span("E", child_of=context, tags={tags.SPAN_KIND: tags.SPAN_KIND_RPC_SERVER}) as span:
        customer = span.get_baggage_item("customer")
        span.set_tag("customer", customer or "")
        span.log_kv({"event": "greeted", "customer": customer or ""})
        return jsonify(customer=customer)


@app.route("/health")
def health():
    return jsonify(status="ok")


@app.errorhandler(404)
@app.errorhandler(405)
def refused(error: HTTPException):
    return jsonify(error=error.description), error.code


def stop(*_) -> None:
    sys.exit()


for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, stop)

server = make_server(HOST, int(PORT), app, threaded=True)
print("ready  flask_sample", flush=True)
try:
    server.serve_forever()
finally:
    opentracer.close()
