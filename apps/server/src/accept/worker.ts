import { parentPort } from 'node:worker_threads'
import type { Arrival } from './examine.ts'
import { examine } from './examine.ts'
import type { Reply } from './thread-messages.ts'
import { outcomeOf } from './thread-messages.ts'

/* The other side of ExaminingThread: takes one Arrival after the other, whose body is its own, and answers each. */

parentPort?.on('message', (arrival: Arrival) => {
  let reply: Reply
  try {
    reply = outcomeOf(examine(arrival))
  } catch (failure) {
    reply = { failure }
  }
  if (!('bytes' in reply)) {
    parentPort?.postMessage(reply)
    return
  }
  // The codecs' buffers may be larger than what they hold, or belong to others as well.
  const bytes = reply.bytes === arrival.body ? arrival.body : new Uint8Array(reply.bytes)
  parentPort?.postMessage({ ...reply, bytes }, [bytes.buffer as ArrayBuffer])
})
