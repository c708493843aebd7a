import brave.Span;
import brave.Tracing;
import brave.handler.SpanHandler;
import zipkin2.reporter.AsyncReporter;
import zipkin2.reporter.SpanBytesEncoder;
import zipkin2.reporter.brave.ZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

/** FORMAT ENDPOINT SERVICE: one trace by Brave and Zipkin's reporter; the two halves of an RPC share an id. */
public final class BraveClient {
  private record Format(String path, SpanBytesEncoder encoder) {}

  public static void main(String[] args) throws Exception {
    Format format = switch (args[0]) {
      case "zipkin-v2" -> new Format("/api/v2/spans", SpanBytesEncoder.JSON_V2);
      case "zipkin-v2-proto" -> new Format("/api/v2/spans", SpanBytesEncoder.PROTO3);
      case "zipkin-v1-json" -> new Format("/api/v1/spans", SpanBytesEncoder.JSON_V1);
      case "zipkin-v1-thrift" -> new Format("/api/v1/spans", SpanBytesEncoder.THRIFT);
      default -> throw new IllegalArgumentException("no format " + args[0]);
    };
    var sender = URLConnectionSender.newBuilder()
        .endpoint(args[1] + format.path()).encoding(format.encoder().encoding()).compressionEnabled(true).build();
    try (var reporter = AsyncReporter.builder(sender).build(format.encoder())) {
      SpanHandler handler = ZipkinSpanHandler.create(reporter);
      String bank = args[2] + "-bank";
      tell(tracing(args[2], handler), tracing(bank, handler), bank);
      reporter.flush();
    }
  }

  private static Tracing tracing(String service, SpanHandler handler) {
    return Tracing.newBuilder().localServiceName(service).localIp("10.1.2.1")
        .traceId128Bit(true).supportsJoin(true).addSpanHandler(handler).build();
  }

  private static void tell(Tracing shop, Tracing bank, String peer) {
    var tracer = shop.tracer();
    Span request = tracer.newTrace().name("POST /orders").kind(Span.Kind.SERVER).tag("order.id", "ü-1").start();
    Span publish = tracer.newChild(request.context()).name("publish orders").kind(Span.Kind.PRODUCER)
        .remoteServiceName("kafka").tag("kafka.topic", "orders").start();
    publish.annotate("sent").finish();
    Span process = tracer.newChild(publish.context()).name("process orders").kind(Span.Kind.CONSUMER)
        .remoteServiceName("kafka").start();
    Span charge = tracer.newChild(process.context()).name("charge card").kind(Span.Kind.CLIENT)
        .remoteServiceName(peer);
    charge.remoteIpAndPort("10.1.2.3", 8443);
    charge.start();
    // The server's half has the client's id.
    Span joined = bank.tracer().joinSpan(charge.context()).name("charge card").kind(Span.Kind.SERVER).start();
    joined.tag("error", "card declined").finish();
    charge.finish();
    process.finish();
    request.finish();
    System.out.println("trace " + request.context().traceIdString());
  }
}
