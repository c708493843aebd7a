import brave.Span;
import brave.Tracer;
import brave.Tracing;
import brave.kafka.clients.KafkaTracing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import zipkin2.reporter.AsyncReporter;
import zipkin2.reporter.brave.ZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

/**
 * BROKERS TOPIC ZIPKIN RECORDS: sends records by Brave's producer and reads them by two consumers of groups of
 * their own, each of which does something with every record; then the program ends.
 */
public final class FanOut {
  private record Reader(Consumer<Long, String> consumer, KafkaTracing kafkaTracing, Tracer tracer) {}

  public static void main(String[] args) throws Exception {
    String brokers = args[0];
    String topic = args[1];
    long records = Long.parseLong(args[3]);
    try (var sender = URLConnectionSender.create(args[2]); var reporter = AsyncReporter.create(sender)) {
      var handler = ZipkinSpanHandler.create(reporter);
      produce(tracing("producer1", handler), brokers, topic, records);
      for (String name : List.of("consumer1", "consumer2")) {
        Tracing tracing = tracing(name, handler);
        KafkaTracing kafkaTracing = KafkaTracing.newBuilder(tracing).remoteServiceName("kafka").build();
        try (var consumer = kafkaTracing.consumer(consumer(brokers, "zipkin-java-" + name))) {
          consumer.subscribe(List.of(topic));
          consume(new Reader(consumer, kafkaTracing, tracing.tracer()), records);
        }
      }
      reporter.flush();
    }
  }

  private static void produce(Tracing tracing, String brokers, String topic, long records) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    var plain = new KafkaProducer<>(settings, new LongSerializer(), new StringSerializer());
    try (var producer = KafkaTracing.newBuilder(tracing).remoteServiceName("kafka").build().producer(plain)) {
      for (long key : LongStream.range(0, records).toArray())
        producer.send(new ProducerRecord<>(topic, key, "This is a test message.")).get();
    }
  }

  private static void consume(Reader reader, long records) {
    for (long seen = 0; seen < records; ) {
      for (ConsumerRecord<Long, String> record : reader.consumer().poll(Duration.ofMillis(100))) {
        process(reader, record);
        seen++;
      }
      reader.consumer().commitSync();
    }
  }

  private static void process(Reader reader, ConsumerRecord<Long, String> record) {
    Span span = reader.kafkaTracing().nextSpan(record).name("doSomething").start();
    try (Tracer.SpanInScope scope = reader.tracer().withSpanInScope(span)) {
      doSomething();
    } catch (RuntimeException | Error error) {
      span.error(error);
      throw error;
    } finally {
      span.finish();
    }
  }

  private static void doSomething() {
    Thread.onSpinWait();
  }

  private static Consumer<Long, String> consumer(String brokers, String groupId) {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "group.id", groupId,
        "auto.offset.reset", "earliest", "enable.auto.commit", "false");
    return new KafkaConsumer<>(settings, new LongDeserializer(), new StringDeserializer());
  }

  private static Tracing tracing(String service, brave.handler.SpanHandler handler) {
    return Tracing.newBuilder().localServiceName(service).traceId128Bit(true).addSpanHandler(handler).build();
  }
}
