import { cases } from './cases.ts'
import { instrumented } from './instrumented.ts'
import type { Contender, Setting } from './setting.ts'

/*
 * One cell of the table, in a process of its own: `cell.ts <case> <contender> <off|ring|export> <url>`. Prints the
 * CPU nanoseconds a message of each of its samples, as JSON. CPU is that of all threads of the process, so that
 * the collection of garbage and the compiler are in it, and others on the machine are not.
 */

const warmUpMs = 400
const sampleMs = 150
const samples = 5

const [name = '', contender, spans, exportUrl = ''] = process.argv.slice(2)
const start = cases[name]
if (start === undefined) throw new Error(`there is no case ${name}`)
const clients = await instrumented({
  contender: contender as Contender,
  spans: spans as Setting['spans'],
  exportUrl,
})
const work = await start(clients)

let runs = 1
for (let spent = 0; spent < warmUpMs; ) {
  const took = await cpuMs(runs)
  spent += took
  if (took < sampleMs / 2) runs = Math.ceil(runs * Math.min(8, sampleMs / Math.max(took, 1)))
}
runs = Math.max(1, Math.round((runs * sampleMs) / (await cpuMs(runs))))
const nanos: number[] = []
for (let sample = 0; sample < samples; sample++)
  nanos.push(((await cpuMs(runs)) * 1e6) / (runs * work.messages))
console.log(JSON.stringify(nanos))
process.exit()

async function cpuMs(count: number): Promise<number> {
  const before = process.cpuUsage()
  for (let run = 0; run < count; run++) {
    const result = work.run()
    if (result !== undefined) await result
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
