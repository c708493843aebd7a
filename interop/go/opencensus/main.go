// opencensus FORMAT ENDPOINT SERVICE: one trace by OpenCensus and its Jaeger exporter.
package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"

	"contrib.go.opencensus.io/exporter/jaeger"
	"go.opencensus.io/trace"
)

func options(format, endpoint, service string) (jaeger.Options, error) {
	options := jaeger.Options{
		Process: jaeger.Process{ServiceName: service, Tags: []jaeger.Tag{jaeger.StringTag("service.version", "1.2.3")}},
		OnError: func(err error) { log.Fatal(err) },
	}
	switch format {
	case "jaeger-thrift":
		options.CollectorEndpoint = endpoint + "/api/traces"
	case "jaeger-udp":
		agent, err := url.Parse(endpoint)
		if err != nil {
			return options, err
		}
		options.AgentEndpoint = agent.Host
	default:
		return options, fmt.Errorf("no format %q", format)
	}
	return options, nil
}

func tell(ctx context.Context) {
	request, requestSpan := trace.StartSpan(ctx, "POST /orders", trace.WithSpanKind(trace.SpanKindServer))
	requestSpan.AddAttributes(
		trace.StringAttribute("order.id", "ü-1"),
		trace.Int64Attribute("order.items", 3),
		trace.Float64Attribute("order.total", 9.5),
		trace.BoolAttribute("order.gift", true),
	)
	_, publish := trace.StartSpan(request, "publish orders")
	publish.Annotate([]trace.Attribute{trace.Int64Attribute("bytes", 120)}, "sent")
	publish.End()
	process, processSpan := trace.StartSpan(request, "process orders")
	processSpan.AddLink(trace.Link{
		TraceID: publish.SpanContext().TraceID,
		SpanID:  publish.SpanContext().SpanID,
		Type:    trace.LinkTypeParent,
	})
	_, charge := trace.StartSpan(process, "charge card", trace.WithSpanKind(trace.SpanKindClient))
	charge.SetStatus(trace.Status{Code: trace.StatusCodeUnknown, Message: "card declined"})
	charge.End()
	processSpan.End()
	requestSpan.End()
	fmt.Println("trace", requestSpan.SpanContext().TraceID)
}

func main() {
	settings, err := options(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	exporter, err := jaeger.NewExporter(settings)
	if err != nil {
		log.Fatal(err)
	}
	trace.RegisterExporter(exporter)
	trace.ApplyConfig(trace.Config{DefaultSampler: trace.AlwaysSample()})
	tell(context.Background())
	exporter.Flush()
}
