import { parentPort, workerData } from 'node:worker_threads'
import { jaegerPostSpansToOtlp, jaegerThriftToOtlp } from '@waybill/wire/jaeger'
import {
  zipkinJsonToOtlp,
  zipkinProtobufToOtlp,
  zipkinThriftToOtlp,
  zipkinV1JsonToOtlp,
} from '@waybill/wire/zipkin'

/** What a thread is asked to transcode. */
export interface Task {
  readonly codec: keyof typeof codecs
  readonly body: Uint8Array
}

const codecs = {
  jaegerPostSpansToOtlp,
  jaegerThriftToOtlp,
  zipkinJsonToOtlp,
  zipkinProtobufToOtlp,
  zipkinThriftToOtlp,
  zipkinV1JsonToOtlp,
} as const

/* For tests: a thread that transcodes one body and says what came of it: the bytes' number, or why they were refused. */
const { codec, body } = workerData as Task
try {
  parentPort?.postMessage(codecs[codec](body, 1).length)
} catch (error) {
  parentPort?.postMessage(String(error))
}
