package main

import (
	"io"
	"log"

	"contrib.go.opencensus.io/exporter/jaeger"
	"github.com/opentracing/opentracing-go"
	jaegerclient "github.com/uber/jaeger-client-go"
	"github.com/uber/jaeger-client-go/transport"
	"go.opencensus.io/trace"
)

// initTracer has OpenCensus send every span to Jaeger's collector, thrift over HTTP.
func initTracer(name, collector string) (*jaeger.Exporter, error) {
	trace.ApplyConfig(trace.Config{DefaultSampler: trace.AlwaysSample()})
	exporter, err := jaeger.NewExporter(jaeger.Options{
		CollectorEndpoint: collector,
		Process:           jaeger.Process{ServiceName: name},
		OnError:           func(err error) { log.Println(err) },
	})
	if err != nil {
		return nil, err
	}
	trace.RegisterExporter(exporter)
	return exporter, nil
}

// initOpenTracing makes a tracer of Jaeger's own client, since OpenCensus has neither baggage nor FollowsFrom.
func initOpenTracing(name, collector string) (opentracing.Tracer, io.Closer) {
	return jaegerclient.NewTracer(name,
		jaegerclient.NewConstSampler(true),
		jaegerclient.NewRemoteReporter(transport.NewHTTPTransport(collector)),
		jaegerclient.TracerOptions.Gen128Bit(true))
}
