// gotest greets over HTTP and over gRPC, and tells the model of OpenTracing as a trace.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exporter, err := initTracer("gotest", jaegerEndpoint)
	if err != nil {
		return err
	}
	// The last spans leave with it, whatever the way it ends.
	defer exporter.Flush()
	opentracer, closer := initOpenTracing("gotest", jaegerEndpoint)
	defer closer.Close()

	grpcListener, err := net.Listen("tcp", grpcAddress)
	if err != nil {
		return err
	}
	httpListener, err := net.Listen("tcp", httpAddress)
	if err != nil {
		return err
	}
	connection, err := dialGreeter(grpcAddress)
	if err != nil {
		return err
	}
	defer connection.Close()

	greeter := newGreeterServer()
	server := &http.Server{Handler: routes(connection, opentracer)}
	failed := make(chan error, 2)
	go func() { failed <- greeter.Serve(grpcListener) }()
	go func() { failed <- server.Serve(httpListener) }()
	fmt.Println("ready  gotest")
	select {
	case err := <-failed:
		return errors.Join(errors.New("a server ended"), err)
	case <-ctx.Done():
	}
	greeter.Stop()
	return server.Close()
}

var (
	httpAddress    = setting("HELLO_HTTP", "127.0.0.1:12345")
	grpcAddress    = setting("HELLO_GRPC", "127.0.0.1:12346")
	flaskAddress   = setting("HELLO_FLASK", "127.0.0.1:8083")
	jaegerEndpoint = setting("OTEL_EXPORTER_JAEGER_ENDPOINT", "http://127.0.0.1:14268/api/traces")
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
