import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../store/open.ts'
import { CollectingObserver } from './collecting-store.ts'
import { sampleRequest } from './sample-request.ts'
import { openSpool } from './spool.ts'

/*
 * Run by spool.it.ts and killed by it, most likely in the middle of a load: fills small segments without end
 * and has the real store load them, argv[4] at once, in the data folder argv[2]. Writes `a <name>` for each span that was
 * acknowledged and `l` as each load begins.
 */
const [, , data = '', round = '', atOnce = ''] = process.argv
const concurrentLoads = Number(atOnce)
const spansPerRequest = 50
const store = await openStore({ dataDir: join(data, 'store'), limits: { concurrentLoads } })
const spool = await openSpool({
  dir: join(data, 'spool'),
  quarantineDir: join(data, 'quarantine'),
  durability: 'write',
  maxBytes: 1e9,
  segmentBytes: 1e9,
  segmentSpans: 400,
  segmentAgeMs: 10,
  concurrentLoads,
  observer: new CollectingObserver(),
  load: segment => {
    writeSync(1, 'l\n')
    return store.load(segment)
  },
})

for (let i = 0; ; i++) {
  const names = Array.from({ length: spansPerRequest }, (_, span) => `${round}-${i}-${span}`)
  await spool.append(sampleRequest(names), spansPerRequest)
  writeSync(1, names.map(name => `a ${name}\n`).join(''))
  // As fast as the store takes it, and no faster.
  while (spool.bytes > 200_000) await new Promise(resolve => setTimeout(resolve, 1))
}
