"""OpenCensus with its exporter to Jaeger's agent, and Jaeger's client for OpenTracing beside it.

Spans go by UDP to OTEL_EXPORTER_JAEGER_AGENT_HOST and _PORT.
"""

import logging
import os

from jaeger_client import Config
from opencensus.ext.flask.flask_middleware import FlaskMiddleware
from opencensus.ext.jaeger.trace_exporter import JaegerExporter
from opencensus.trace import config_integration, execution_context, samplers

SERVICE = "flask_sample"
HOST = os.environ.get("OTEL_EXPORTER_JAEGER_AGENT_HOST", "127.0.0.1")
PORT = int(os.environ.get("OTEL_EXPORTER_JAEGER_AGENT_PORT", "6831"))

# Of every gRPC call that did not fail, it warns that the attribute error.message is None.
logging.getLogger("opencensus.ext.jaeger.trace_exporter").setLevel(logging.ERROR)


def init_opencensus_tracing(app) -> None:
    """Gives each request a span, and each query and HTTP call below it. `model` is OpenTracing's."""
    FlaskMiddleware(
        app,
        exporter=JaegerExporter(service_name=SERVICE, agent_host_name=HOST, agent_port=PORT),
        sampler=samplers.ProbabilitySampler(rate=1),
        blacklist_paths=["health", "model"],
    )
    config_integration.trace_integrations(["sqlalchemy", "requests"])


def trace_id() -> str:
    """Of the request that is being answered."""
    return execution_context.get_opencensus_tracer().span_context.trace_id


def init_opentracing():
    """Jaeger's own client, which takes on traces with their baggage from `uber-trace-id` and `uberctx-*`."""
    config = Config(
        service_name=SERVICE,
        config={
            "sampler": {"type": "const", "param": 1},
            "local_agent": {"reporting_host": HOST, "reporting_port": PORT},
            "reporter_flush_interval": 0.2,
        },
    )
    return config.initialize_tracer()
