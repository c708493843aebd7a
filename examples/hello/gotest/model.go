package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/ext"
	"github.com/opentracing/opentracing-go/log"
	jaegerclient "github.com/uber/jaeger-client-go"
)

// step is how long a span takes that has nothing else to do.
const step = 10 * time.Millisecond

// tellModel tells the trace of OpenTracing's specification, spans A to H:
//
//	A ─┬─ B ─── D
//	   └─ C ─┬─ E, in flask_sample
//	         └─ F >>> G >>> H, where >>> is FollowsFrom
func tellModel(ctx context.Context, tracer opentracing.Tracer, customer string) answer {
	a := tracer.StartSpan("A", ext.SpanKindRPCServer)
	defer a.Finish()
	// A tag is a text, a bool or a number.
	a.SetTag("model", "OpenTracing")
	a.SetTag("spans", 8)
	a.SetTag("share", 0.125)
	a.SetTag("root", true)
	// Baggage goes where the trace goes, to other processes as well.
	a.SetBaggageItem("customer", customer)

	message := "told A to H"
	branches := sync.WaitGroup{}
	branches.Go(func() { tellB(tracer, a) })
	branches.Go(func() {
		if err := tellC(ctx, tracer, a); err != nil {
			message = fmt.Sprintf("told A to H without E: %s", err)
		}
	})
	branches.Wait()
	id := a.Context().(jaegerclient.SpanContext).TraceID()
	// Its String leaves out leading zeros.
	return answer{"message": message, "traceId": fmt.Sprintf("%016x%016x", id.High, id.Low)}
}

func tellB(tracer opentracing.Tracer, a opentracing.Span) {
	b := tracer.StartSpan("B", opentracing.ChildOf(a.Context()))
	defer b.Finish()
	d := tracer.StartSpan("D", opentracing.ChildOf(b.Context()))
	defer d.Finish()
	// A log is a time with keys and values.
	d.LogFields(log.String("event", "began"))
	time.Sleep(step)
	d.LogFields(log.String("event", "done"), log.Int("rows", 3), log.Bool("cached", false))
}

// tellC goes on without E where nobody tells it.
func tellC(ctx context.Context, tracer opentracing.Tracer, a opentracing.Span) error {
	c := tracer.StartSpan("C", opentracing.ChildOf(a.Context()))
	defer c.Finish()
	err := askForE(ctx, tracer, c)
	if err != nil {
		ext.LogError(c, err)
	}
	f := tracer.StartSpan("F", opentracing.ChildOf(c.Context()))
	time.Sleep(step)
	f.Finish()
	// F does not wait for what follows from it.
	g := tracer.StartSpan("G", opentracing.FollowsFrom(f.Context()))
	time.Sleep(step)
	g.Finish()
	h := tracer.StartSpan("H", opentracing.FollowsFrom(g.Context()))
	h.SetTag("customer", h.BaggageItem("customer"))
	time.Sleep(step)
	h.Finish()
	return err
}

// askForE has another process tell span E. The context and its baggage travel in headers.
func askForE(ctx context.Context, tracer opentracing.Tracer, c opentracing.Span) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/model/e", flaskAddress), nil)
	if err != nil {
		return err
	}
	carrier := opentracing.HTTPHeadersCarrier(request.Header)
	if err := tracer.Inject(c.Context(), opentracing.HTTPHeaders, carrier); err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("flask_sample answers %s", response.Status)
	}
	return nil
}
