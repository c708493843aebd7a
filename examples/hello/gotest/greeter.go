package main

import (
	"context"
	"fmt"

	"go.opencensus.io/plugin/ocgrpc"
	"go.opencensus.io/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/examples/helloworld/helloworld"
	"google.golang.org/grpc/status"
)

type greeterServer struct {
	pb.UnimplementedGreeterServer
}

// newGreeterServer serves gRPC; each call has a span, which is part of the caller's trace.
func newGreeterServer() *grpc.Server {
	server := grpc.NewServer(grpc.StatsHandler(&ocgrpc.ServerHandler{}))
	pb.RegisterGreeterServer(server, &greeterServer{})
	return server
}

func (*greeterServer) SayHello(_ context.Context, request *pb.HelloRequest) (*pb.HelloReply, error) {
	if request.GetName() == "" {
		return nil, status.Error(codes.InvalidArgument, "a name, please")
	}
	return &pb.HelloReply{Message: "Hello " + request.GetName()}, nil
}

// dialGreeter makes a connection for all calls; each of them has a span.
func dialGreeter(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address,
		grpc.WithStatsHandler(&ocgrpc.ClientHandler{StartOptions: trace.StartOptions{Sampler: trace.AlwaysSample()}}),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// sayHello calls the greeter within a span of our own, as the article does.
func sayHello(ctx context.Context, connection *grpc.ClientConn, name string) (string, error) {
	ctx, span := trace.StartSpan(ctx, "grpc_client")
	defer span.End()
	span.AddAttributes(trace.StringAttribute("grpc", fmt.Sprintf("name: %s", name)))
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	reply, err := pb.NewGreeterClient(connection).SayHello(ctx, &pb.HelloRequest{Name: name})
	if err != nil {
		span.SetStatus(trace.Status{Code: int32(status.Code(err)), Message: err.Error()})
		return "", err
	}
	return reply.GetMessage(), nil
}
