package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/opentracing/opentracing-go"
	"go.opencensus.io/plugin/ochttp"
	"go.opencensus.io/plugin/ochttp/propagation/tracecontext"
	"go.opencensus.io/trace"
	"google.golang.org/grpc"
)

// client does not wait for ever.
var client = &http.Client{Timeout: answerTime}

// answerTime is how long another service may take to answer.
const answerTime = 5 * time.Second

// answer is what is written as JSON.
type answer map[string]any

// handled is the work of a handler: its answer, and the status of HTTP.
type handled func(ctx context.Context, request *http.Request) (answer, int)

func routes(connection *grpc.ClientConn, opentracer opentracing.Tracer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /hello", handler("hello", func(ctx context.Context, request *http.Request) (answer, int) {
		return hello(ctx, connection, parameter(request, "name", "world"))
	}))
	mux.Handle("GET /sub", handler("sub", func(context.Context, *http.Request) (answer, int) {
		return answer{"message": "Hello there!"}, http.StatusOK
	}))
	mux.HandleFunc("GET /model", func(response http.ResponseWriter, request *http.Request) {
		customer := parameter(request, "customer", "ada")
		if !isName(customer) {
			write(response, http.StatusBadRequest, answer{"error": "customer has 1 to 64 characters"})
			return
		}
		write(response, http.StatusOK, tellModel(request.Context(), opentracer, customer))
	})
	mux.HandleFunc("GET /health", func(response http.ResponseWriter, _ *http.Request) {
		write(response, http.StatusOK, answer{"status": "ok"})
	})
	return mux
}

// handler traces what is handled: as part of the caller's trace where the headers name one, or as a new one.
func handler(name string, handle handled) http.HandlerFunc {
	format := &tracecontext.HTTPFormat{}
	return func(response http.ResponseWriter, request *http.Request) {
		ctx := request.Context()
		var span *trace.Span
		if parent, ok := format.SpanContextFromRequest(request); ok {
			ctx, span = trace.StartSpanWithRemoteParent(ctx, name, parent)
		} else {
			ctx, span = trace.StartSpan(ctx, name)
		}
		defer span.End()
		span.AddAttributes(trace.StringAttribute("name", fmt.Sprintf("name: %s", name)))
		body, status := handle(ctx, request)
		span.SetStatus(ochttp.TraceStatus(status, http.StatusText(status)))
		body["traceId"] = span.SpanContext().TraceID.String()
		write(response, status, body)
	}
}

func write(response http.ResponseWriter, status int, body answer) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	// Only a caller that has gone can make this fail, and nobody is left to be told.
	_ = json.NewEncoder(response).Encode(body)
}

// parameter of the query; empty where the query is none.
func parameter(request *http.Request, name, otherwise string) string {
	query, err := url.ParseQuery(request.URL.RawQuery)
	if err == nil && !query.Has(name) {
		return otherwise
	}
	return query.Get(name)
}

func isName(text string) bool {
	length := utf8.RuneCountInString(text)
	return length >= 1 && length <= 64 && utf8.ValidString(text)
}

// hello does what the article does one after the other: something, an HTTP call, a gRPC call.
func hello(ctx context.Context, connection *grpc.ClientConn, name string) (answer, int) {
	if !isName(name) {
		return answer{"error": "name has 1 to 64 characters"}, http.StatusBadRequest
	}
	doSomething(ctx)
	sub, err := get(ctx, fmt.Sprintf("http://%s/sub", httpAddress))
	if err != nil {
		return answer{"error": err.Error()}, http.StatusBadGateway
	}
	message, err := sayHello(ctx, connection, name)
	if err != nil {
		return answer{"error": err.Error()}, http.StatusBadGateway
	}
	return answer{"message": message, "sub": sub["message"]}, http.StatusOK
}

// doSomething calls a page that nobody traces. The article's is www.baidu.com; ours does not leave the machine.
func doSomething(ctx context.Context) {
	_, span := trace.StartSpan(ctx, "baidu")
	defer span.End()
	span.AddAttributes(trace.StringAttribute("name", "doget2"))
	span.Annotate([]trace.Attribute{
		trace.Int64Attribute("len", 123456),
		trace.StringAttribute("name", "dosth"),
	}, "Annotate")
	response, err := client.Get(fmt.Sprintf("http://%s/health", httpAddress))
	if err != nil {
		span.SetStatus(trace.Status{Code: trace.StatusCodeUnavailable, Message: err.Error()})
		return
	}
	response.Body.Close()
	span.SetStatus(trace.Status{Code: trace.StatusCodeOK, Message: "no error"})
}

// get calls another service over HTTP; the context travels in `traceparent`.
func get(ctx context.Context, address string) (answer, error) {
	ctx, span := trace.StartSpan(ctx, "httpget")
	defer span.End()
	span.AddAttributes(trace.StringAttribute("url", address))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	format := &tracecontext.HTTPFormat{}
	format.SpanContextToRequest(span.SpanContext(), request)
	response, err := client.Do(request)
	if err != nil {
		span.SetStatus(trace.Status{Code: trace.StatusCodeUnavailable, Message: err.Error()})
		return nil, err
	}
	defer response.Body.Close()
	span.SetStatus(ochttp.TraceStatus(response.StatusCode, response.Status))
	var body answer
	return body, json.NewDecoder(response.Body).Decode(&body)
}
