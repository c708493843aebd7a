// notification-service tells customers that their order is paid: it consumes payments.processed and sends e-mails.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	topic = "payments.processed"
	group = "notification-service-group"
)

// How long an e-mail takes.
var mailTime = milliseconds("NOTIFICATION_MAIL_MS", 300)

type payment struct {
	OrderID string  `json:"orderId"`
	Product string  `json:"product"`
	Amount  float64 `json:"amount"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	shutdown, err := startTracing(ctx)
	if err != nil {
		return err
	}
	// The signal has ended ctx by then, and the last spans shall be sent all the same.
	defer shutdown(context.Background())

	consumer, err := kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers":  os.Getenv("KAFKA_BROKERS"),
		"group.id":           group,
		"auto.offset.reset":  "earliest",
		"enable.auto.commit": false,
	})
	if err != nil {
		return err
	}
	defer consumer.Close()
	ready := func(consumer *kafka.Consumer, event kafka.Event) error {
		if assigned, is := event.(kafka.AssignedPartitions); is && len(assigned.Partitions) > 0 {
			fmt.Println("ready  notification-service")
		}
		return nil
	}
	if err := consumer.Subscribe(topic, ready); err != nil {
		return err
	}
	for ctx.Err() == nil {
		message, err := consumer.ReadMessage(100 * time.Millisecond)
		if err != nil {
			// A broker that is away comes back; the client goes on asking.
			if !err.(kafka.Error).IsTimeout() {
				log.Println(err)
			}
			continue
		}
		notify(message)
		// Only now: a message that was taken and not dealt with comes again.
		if _, err := consumer.CommitMessage(message); err != nil {
			log.Println(err)
		}
	}
	return nil
}

// notify sends the e-mail for one payment, in a span that goes on with the trace of the message.
func notify(message *kafka.Message) {
	ctx := otel.GetTextMapPropagator().Extract(context.Background(), carrierOf(message.Headers))
	_, span := otel.Tracer("notification-service").Start(ctx, "send.notification",
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(now()),
		trace.WithAttributes(
			attribute.String("messaging.system", "kafka"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.destination.name", topic),
			attribute.String("messaging.destination.partition.id", strconv.Itoa(int(message.TopicPartition.Partition))),
			attribute.Int64("messaging.kafka.offset", int64(message.TopicPartition.Offset)),
			attribute.String("messaging.kafka.message.key", string(message.Key)),
			attribute.String("messaging.consumer.group.name", group),
		))
	defer func() { span.End(trace.WithTimestamp(now())) }()

	var paid payment
	if err := json.Unmarshal(message.Value, &paid); err != nil {
		span.RecordError(err, trace.WithTimestamp(now()))
		span.SetStatus(codes.Error, err.Error())
		return
	}
	span.SetAttributes(attribute.String("order.id", paid.OrderID), attribute.String("order.product", paid.Product))
	time.Sleep(mailTime)
	span.AddEvent("notification.sent", trace.WithTimestamp(now()), trace.WithAttributes(
		attribute.String("notification.type", "email"), attribute.String("order.id", paid.OrderID)))
	span.SetStatus(codes.Ok, "")
	fmt.Printf("Told the customer of order %s\n", paid.OrderID)
}

func carrierOf(headers []kafka.Header) propagation.MapCarrier {
	carrier := propagation.MapCarrier{}
	for _, header := range headers {
		carrier[header.Key] = string(header.Value)
	}
	return carrier
}
