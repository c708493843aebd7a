// opentelemetry FORMAT ENDPOINT SERVICE: two traces by OpenTelemetry's SDK and one of its exporters.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/jaeger"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func newExporter(ctx context.Context, format, endpoint string) (sdk.SpanExporter, error) {
	switch format {
	case "otlp-grpc":
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(endpoint), otlptracegrpc.WithCompressor("gzip"))
	case "otlp-proto":
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
	case "jaeger-thrift":
		return jaeger.New(jaeger.WithCollectorEndpoint(jaeger.WithEndpoint(endpoint + "/api/traces")))
	case "jaeger-udp":
		agent, err := url.Parse(endpoint)
		if err != nil {
			return nil, err
		}
		return jaeger.New(jaeger.WithAgentEndpoint(
			jaeger.WithAgentHost(agent.Hostname()), jaeger.WithAgentPort(agent.Port())))
	case "zipkin-v2":
		return zipkin.New(endpoint + "/api/v2/spans")
	}
	return nil, fmt.Errorf("no format %q", format)
}

func tell(ctx context.Context, tracer trace.Tracer) {
	request, requestSpan := tracer.Start(ctx, "POST /orders", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(
			attribute.String("order.id", "ü-1"),
			attribute.Int("order.items", 3),
			attribute.Float64("order.total", 9.5),
			attribute.Bool("order.gift", true),
		))
	_, publish := tracer.Start(request, "publish orders", trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(
			attribute.String("messaging.system", "kafka"),
			attribute.String("messaging.destination.name", "orders"),
		))
	publish.End()
	requestSpan.End()

	process, processSpan := tracer.Start(ctx, "process orders", trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithLinks(trace.Link{
			SpanContext: publish.SpanContext(),
			Attributes:  []attribute.KeyValue{attribute.String("reason", "message")},
		}))
	_, charge := tracer.Start(process, "charge card")
	charge.RecordError(errors.New("card declined"))
	charge.SetStatus(codes.Error, "card declined")
	charge.End()
	processSpan.End()

	fmt.Println("trace", requestSpan.SpanContext().TraceID())
	fmt.Println("trace", processSpan.SpanContext().TraceID())
}

func main() {
	ctx := context.Background()
	exporter, err := newExporter(ctx, os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(resource.NewSchemaless(
		attribute.String("service.name", os.Args[3]), attribute.String("service.version", "1.2.3"))))
	tell(ctx, provider.Tracer("interop", trace.WithInstrumentationVersion("0.1.0")))
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
