import io.opentelemetry.exporter.jaeger.JaegerGrpcSpanExporter;

/** FORMAT ENDPOINT SERVICE: two traces by the last of OpenTelemetry's exporters for Jaeger's gRPC. */
public final class JaegerClient {
  public static void main(String[] args) {
    OpenTelemetryStory.send(JaegerGrpcSpanExporter.builder().setEndpoint(args[1]).build(), args[2]);
  }
}
