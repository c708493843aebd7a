import { SetUpError } from './set-up/run-command.ts'
import { startEverything } from './start/everything.ts'

/* `npm start [-- <example> [--scenario <name>]]`: everything that shows Waybill at work, until Ctrl-C. */

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

// npm is our parent; killed with SIGKILL it says nothing, and its place is taken by another.
const parent = process.ppid
setInterval(() => process.ppid === parent || stopping.abort(), 1_000).unref()

try {
  await startEverything(process.argv.slice(2), stopping.signal)
} catch (error) {
  console.error(error instanceof SetUpError ? error.message : error)
  process.exitCode = 1
}
// What was still being started when Ctrl-C came ends with us.
process.exit()
