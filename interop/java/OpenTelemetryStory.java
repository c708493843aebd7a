import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.concurrent.TimeUnit;

/** Two traces by OpenTelemetry's SDK, whichever its version. */
final class OpenTelemetryStory {
  static void send(SpanExporter exporter, String service) {
    var resource = Attributes.of(
        AttributeKey.stringKey("service.name"), service, AttributeKey.stringKey("service.version"), "1.2.3");
    try (var provider = SdkTracerProvider.builder()
        .setResource(Resource.create(resource))
        .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
        .build()) {
      tell(provider.tracerBuilder("interop").setInstrumentationVersion("0.1.0").build());
      if (!provider.forceFlush().join(20, TimeUnit.SECONDS).isSuccess()) {
        throw new IllegalStateException("the exporter could not send its spans");
      }
    }
  }

  private static void tell(Tracer tracer) {
    Span request = tracer.spanBuilder("POST /orders").setSpanKind(SpanKind.SERVER)
        .setAttribute("order.id", "ü-1")
        .setAttribute("order.items", 3L)
        .setAttribute("order.total", 9.5)
        .setAttribute("order.gift", true)
        .startSpan();
    Span publish = tracer.spanBuilder("publish orders").setSpanKind(SpanKind.PRODUCER)
        .setParent(Context.root().with(request))
        .setAttribute("messaging.system", "kafka")
        .setAttribute("messaging.destination.name", "orders")
        .startSpan();
    publish.end();
    request.end();

    Span process = tracer.spanBuilder("process orders").setSpanKind(SpanKind.CONSUMER)
        .addLink(publish.getSpanContext(), Attributes.of(AttributeKey.stringKey("reason"), "message"))
        .startSpan();
    Span charge = tracer.spanBuilder("charge card").setParent(Context.root().with(process)).startSpan();
    charge.recordException(new IllegalStateException("card declined"));
    charge.setStatus(StatusCode.ERROR, "card declined");
    charge.end();
    process.end();

    System.out.println("trace " + request.getSpanContext().getTraceId());
    System.out.println("trace " + process.getSpanContext().getTraceId());
  }
}
