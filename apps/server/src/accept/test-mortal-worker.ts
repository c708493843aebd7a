import { parentPort } from 'node:worker_threads'
import type { Arrival } from './examine.ts'
import { examine } from './examine.ts'
import { outcomeOf } from './thread-messages.ts'

/* For tests: a thread as the real one, but it ends at one body, throws at another, and never answers a third. */

export const exits = 'exit'
export const throws = 'throw'
export const hangs = 'hang'

parentPort?.on('message', (arrival: Arrival) => {
  const word = Buffer.from(arrival.body).toString()
  if (word === exits) process.exit(7)
  if (word === throws) throw new Error('a fault of the thread')
  if (word === hangs) for (;;);
  parentPort?.postMessage(outcomeOf(examine(arrival)))
})
