import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;

/** FORMAT ENDPOINT SERVICE: two traces by OpenTelemetry's SDK and OTLP. */
public final class OtlpClient {
  public static void main(String[] args) {
    OpenTelemetryStory.send(switch (args[0]) {
      case "otlp-grpc" -> OtlpGrpcSpanExporter.builder().setEndpoint(args[1]).build();
      case "otlp-proto" -> OtlpHttpSpanExporter.builder()
          .setEndpoint(args[1] + "/v1/traces").setCompression("gzip").build();
      default -> throw new IllegalArgumentException("no format " + args[0]);
    }, args[2]);
  }
}
