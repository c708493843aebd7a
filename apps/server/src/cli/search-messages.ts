import type { MessageHit, MessageSearchResponse } from '@waybill/api'
import { formatCoordinates, formatDuration, unixMsOf } from '@waybill/model'
import type { Terminal } from './output.ts'
import { count, fit, formatTime, printable, widthOf } from './output.ts'

/** Two lines for each time that a message was handled: what was done where by whom, then its trace and time. */
export function drawMessages(response: MessageSearchResponse, last: string, terminal: Terminal): string {
  const { messages, nextCursor, tookMs } = response
  if (messages.length === 0) return `no message in the last ${last} matches; --last looks further back\n`
  const found = count(messages.length, 'row')
  const lines = messages.flatMap(message => [...messageLines(message, terminal), ''])
  const summary = `${nextCursor === undefined ? found : `the newest ${found}`} in ${Math.round(tookMs)} ms`
  return `${lines.join('\n')}\n${terminal.paint('dim', summary)}\n`
}

function messageLines(message: MessageHit, { columns, paint }: Terminal): readonly string[] {
  const { facts, service, status } = message
  const isError = status === 'error'
  const end = `${formatDuration(message.durationNano)}${isError ? '  ✕' : ''}`
  const group = facts.consumerGroup === undefined ? '' : ` (${facts.consumerGroup})`
  const what = `${facts.operation} ${formatCoordinates(facts)}  ${service || '(no name)'}${group}`
  const head = fit(printable(what), Math.max(20, columns - widthOf(end) - 2))
  const details = [
    formatTime(unixMsOf(message.startUnixNano)),
    ...(message.statusMessage === '' ? [] : [message.statusMessage]),
    ...(facts.key === undefined ? [] : [`key ${facts.key}`]),
    ...(facts.messageId === undefined ? [] : [`id ${facts.messageId}`]),
    ...(facts.attempt === undefined ? [] : [`attempt ${facts.attempt}`]),
    ...(facts.batchSize === undefined ? [] : [`batch of ${facts.batchSize}`]),
    ...(facts.bodySizeBytes === undefined ? [] : [count(facts.bodySizeBytes, 'byte')]),
  ]
  const room = Math.max(20, columns - message.traceId.length - 2)
  const tail = printable(details.join(' · '))
  return [
    `${paint('bold', head)}  ${isError ? paint('red', end) : end}`,
    `${paint('cyan', message.traceId)}  ${paint('dim', widthOf(tail) > room ? fit(tail, room) : tail)}`,
  ]
}
