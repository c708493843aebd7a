import type { Story } from './story.ts'
import { jaegerClientNode, jaegerExporterJs, otlp } from './story.ts'
import type { Workshop } from './workshop.ts'
import { js, python } from './workshops.ts'

/** One client that is run: a program, the format it sends and the receiver it sends to. */
export interface Client {
  /** What a person knows it by. */
  readonly title: string
  readonly workshop: Workshop
  readonly program: string
  /** First argument of the program. */
  readonly format: string
  /** The receiver's name. */
  readonly receiver: string
  /** What comes of it. */
  readonly story: Story
}

const openTelemetryJs = { workshop: js, program: 'opentelemetry.js' }
const openTelemetryPython = { workshop: python, program: 'opentelemetry_sdk.py' }
const jaegerClient = { workshop: js, program: 'jaeger.js' }

export const clients: readonly Client[] = [
  {
    title: 'OpenTelemetry JS, OTLP gRPC',
    ...openTelemetryJs,
    format: 'otlp-grpc',
    receiver: 'otlp-grpc',
    story: otlp,
  },
  {
    title: 'OpenTelemetry JS, OTLP HTTP protobuf',
    ...openTelemetryJs,
    format: 'otlp-proto',
    receiver: 'otlp-http',
    story: otlp,
  },
  {
    title: 'OpenTelemetry JS, OTLP HTTP JSON',
    ...openTelemetryJs,
    format: 'otlp-json',
    receiver: 'otlp-http',
    story: otlp,
  },
  {
    title: 'OpenTelemetry JS, Jaeger exporter, HTTP',
    ...openTelemetryJs,
    format: 'jaeger-thrift',
    receiver: 'jaeger-http',
    story: jaegerExporterJs,
  },
  {
    title: 'jaeger-client for Node, HTTP',
    ...jaegerClient,
    format: 'jaeger-thrift',
    receiver: 'jaeger-http',
    story: jaegerClientNode,
  },
  {
    title: 'OpenTelemetry Python, OTLP gRPC',
    ...openTelemetryPython,
    format: 'otlp-grpc',
    receiver: 'otlp-grpc',
    story: otlp,
  },
  {
    title: 'OpenTelemetry Python, OTLP HTTP protobuf',
    ...openTelemetryPython,
    format: 'otlp-proto',
    receiver: 'otlp-http',
    story: otlp,
  },
]
