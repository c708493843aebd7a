import { messageSegments } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import type { TraceModel } from '../model.ts'
import { readTrace } from '../model.ts'

/** The model of a trace that is told in a few words. */
export function modelOf(spans: readonly StorySpan[]): TraceModel {
  const trace = tellTrace(1, spans)
  return readTrace({ trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] })
}

/** What a span of a message says, for Kafka. */
export function ofMessage(operation: string, destination: string): NonNullable<StorySpan['attributes']> {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': destination,
    'messaging.operation.type': operation,
  }
}
