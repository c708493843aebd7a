package main

import (
	"context"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// startTracing sends spans to OTEL_EXPORTER_OTLP_ENDPOINT under the name in OTEL_SERVICE_NAME, and returns what
// sends the last of them.
func startTracing(ctx context.Context) (func(context.Context) error, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return provider.Shutdown, nil
}

// clockOffset is how far this service's clock is off: what its spans say of time is shifted by it.
var clockOffset = milliseconds("NOTIFICATION_CLOCK_OFFSET_MS", 0)

// now is the time by this service's clock.
func now() time.Time {
	return time.Now().Add(clockOffset)
}

func milliseconds(name string, otherwise int) time.Duration {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		value = otherwise
	}
	return time.Duration(value) * time.Millisecond
}
