import type { Workshop } from '@waybill/brokers'
import type { Collector } from './collector.ts'
import type { Story } from './story.ts'
import {
  brave as braveStory,
  jaegerClientNode,
  jaegerCollector,
  jaegerExporter,
  jaegerExporterJs,
  openCensusGo,
  openCensusPython,
  otlp,
  zipkinCollector,
  zipkinExporterGo,
  zipkinExporterJs,
  zipkinExporterPython,
  zipkinJs as zipkinJsStory,
  zipkinPython,
  zipkinPythonV1,
} from './story.ts'
import { collector, collectorOfJaeger, go, java, js, python } from './workshops.ts'

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
  /** A second receiver, whose address the program is given, too. */
  readonly asks?: string
  /** What stands between the program, which sends it OTLP, and the receiver. */
  readonly through?: Collector
  /** What comes of it. */
  readonly story: Story
}

interface Library {
  readonly title: string
  readonly workshop: Workshop
  readonly program: string
}

const otelJs: Library = { title: 'OpenTelemetry JS', workshop: js, program: 'opentelemetry.js' }
const otelPython: Library = {
  title: 'OpenTelemetry Python',
  workshop: python,
  program: 'opentelemetry_sdk.py',
}
const otelGo: Library = { title: 'OpenTelemetry Go', workshop: go, program: 'opentelemetry' }
const otelJava: Library = { title: 'OpenTelemetry Java', workshop: java, program: 'OtlpClient' }
const otelJavaJaeger: Library = { title: 'OpenTelemetry Java', workshop: java, program: 'JaegerClient' }
const censusGo: Library = { title: 'OpenCensus Go', workshop: go, program: 'opencensus' }
const censusPython: Library = {
  title: 'OpenCensus Python',
  workshop: python,
  program: 'opencensus_jaeger.py',
}
const jaegerNode: Library = { title: 'jaeger-client for Node', workshop: js, program: 'jaeger.js' }
const brave: Library = { title: 'Brave', workshop: java, program: 'BraveClient' }
const pyZipkin: Library = { title: 'py_zipkin', workshop: python, program: 'py_zipkin_client.py' }
const zipkinJs: Library = { title: 'zipkin-js', workshop: js, program: 'zipkin.js' }

function client(library: Library, format: string, receiver: string, story: Story): Client {
  return { ...library, title: `${library.title}, ${format}`, format, receiver, story }
}

const otlpClients = [otelJs, otelPython, otelGo, otelJava].flatMap(library => [
  client(library, 'otlp-grpc', 'otlp-grpc', otlp),
  client(library, 'otlp-proto', 'otlp-http', otlp),
])

const jaegerClients = [
  client(otelJs, 'jaeger-thrift', 'jaeger-http', jaegerExporterJs),
  client(otelJs, 'jaeger-udp', 'jaeger-binary', jaegerExporterJs),
  client(otelGo, 'jaeger-thrift', 'jaeger-http', jaegerExporter),
  client(otelGo, 'jaeger-udp', 'jaeger-compact', jaegerExporter),
  client(otelJavaJaeger, 'jaeger-grpc', 'jaeger-grpc', jaegerExporter),
  client(jaegerNode, 'jaeger-thrift', 'jaeger-http', jaegerClientNode),
  client(jaegerNode, 'jaeger-udp', 'jaeger-binary', jaegerClientNode),
  {
    ...client(jaegerNode, 'jaeger-udp', 'jaeger-binary', jaegerClientNode),
    title: `${jaegerNode.title}, remote sampler`,
    asks: 'sampling-http',
  },
  client(censusGo, 'jaeger-thrift', 'jaeger-http', openCensusGo),
  client(censusGo, 'jaeger-udp', 'jaeger-compact', openCensusGo),
  client(censusPython, 'jaeger-udp', 'jaeger-compact', openCensusPython),
]

const zipkinClients = [
  client(otelJs, 'zipkin-v2', 'zipkin', zipkinExporterJs),
  client(otelPython, 'zipkin-v2', 'zipkin', zipkinExporterPython),
  client(otelGo, 'zipkin-v2', 'zipkin', zipkinExporterGo),
  client(brave, 'zipkin-v1-json', 'zipkin', braveStory),
  client(brave, 'zipkin-v1-thrift', 'zipkin', braveStory),
  client(brave, 'zipkin-v2', 'zipkin', braveStory),
  client(brave, 'zipkin-v2-proto', 'zipkin', braveStory),
  client(zipkinJs, 'zipkin-v1-json', 'zipkin', zipkinJsStory),
  client(zipkinJs, 'zipkin-v2', 'zipkin', zipkinJsStory),
  client(pyZipkin, 'zipkin-v1-json', 'zipkin', zipkinPythonV1),
  client(pyZipkin, 'zipkin-v2', 'zipkin', zipkinPython),
  client(pyZipkin, 'zipkin-v2-proto', 'zipkin', zipkinPython),
]

function throughCollector(through: Collector, receiver: string, story: Story): Client {
  const title = `OpenTelemetry Collector, ${through.exporter}`
  return { ...client(otelGo, 'otlp-proto', receiver, story), title, through }
}

const collectors = [
  throughCollector({ workshop: collector, exporter: 'otlp' }, 'otlp-grpc', otlp),
  throughCollector({ workshop: collector, exporter: 'otlphttp' }, 'otlp-http', otlp),
  throughCollector({ workshop: collector, exporter: 'zipkin' }, 'zipkin', zipkinCollector),
  throughCollector({ workshop: collectorOfJaeger, exporter: 'jaeger' }, 'jaeger-grpc', jaegerCollector),
]

/** Every client, those of one folder beside each other where the format allows it. */
export const clients: readonly Client[] = [
  ...otlpClients,
  client(otelJs, 'otlp-json', 'otlp-http', otlp),
  ...jaegerClients,
  ...zipkinClients,
  ...collectors,
]
