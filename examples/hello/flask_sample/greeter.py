"""gRPC to gotest, traced by an interceptor: OpenCensus has no integration for gRPC."""

import grpc
from opencensus.ext.grpc import client_interceptor

from helloworld_pb2 import HelloRequest
from helloworld_pb2_grpc import GreeterStub


def greeter(address: str) -> GreeterStub:
    channel = grpc.insecure_channel(address, [("grpc.lb_policy_name", "round_robin")])
    interceptor = client_interceptor.OpenCensusClientInterceptor(host_port=address)
    return GreeterStub(grpc.intercept_channel(channel, interceptor))


def say_hello(stub: GreeterStub, name: str) -> str:
    return stub.SayHello(HelloRequest(name=name), timeout=5).message
