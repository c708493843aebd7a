/** How to send a first span in one language. `{{endpoint}}` stands for the address of the OTLP/HTTP receiver. */
export interface Sample {
  readonly language: string
  /** What to run before, or how to run it. */
  readonly command?: string
  readonly code: string
}

export const samples: readonly Sample[] = [
  {
    language: 'curl',
    code: `curl {{endpoint}}/v1/traces -H 'content-type: application/json' -d '{
  "resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "hello"}}]},
    "scopeSpans": [{"spans": [{
      "traceId": "'$(openssl rand -hex 16)'", "spanId": "'$(openssl rand -hex 8)'",
      "name": "first span", "kind": 1,
      "startTimeUnixNano": "'$(date +%s)'000000000", "endTimeUnixNano": "'$(date +%s)'180000000"
    }]}]
  }]
}'`,
  },
  {
    language: 'Node',
    command:
      'npm install @opentelemetry/api @opentelemetry/sdk-node\nOTEL_EXPORTER_OTLP_ENDPOINT={{endpoint}} node hello.mjs',
    code: `import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

const sdk = new NodeSDK({ serviceName: 'hello' })
sdk.start()
trace.getTracer('hello').startActiveSpan('first span', span => {
  span.setAttribute('greeting', 'hello')
  span.end()
})
await sdk.shutdown()`,
  },
  {
    language: 'Python',
    command: 'pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http\npython hello.py',
    code: `from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "hello"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter("{{endpoint}}/v1/traces")))
with provider.get_tracer("hello").start_as_current_span("first span") as span:
    span.set_attribute("greeting", "hello")
provider.shutdown()`,
  },
  {
    language: 'Go',
    command:
      'go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp\nOTEL_SERVICE_NAME=hello go run .',
    code: `package main

import (
	"context"
	"log"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL("{{endpoint}}/v1/traces"))
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	defer provider.Shutdown(ctx)
	_, span := provider.Tracer("hello").Start(ctx, "first span")
	span.End()
}`,
  },
  {
    language: 'Java',
    command:
      'curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar',
    code: `OTEL_SERVICE_NAME=hello OTEL_EXPORTER_OTLP_ENDPOINT={{endpoint}} \\
  java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
  },
]
