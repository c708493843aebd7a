import { writeSync } from 'node:fs'
import { CollectingObserver } from './collecting-store.ts'
import { sampleRequest } from './sample-request.ts'
import { openSpool } from './spool.ts'

/*
 * Run by recover.test.ts and killed by it: appends without end to the spool in argv[2] and writes the name
 * of each span that was acknowledged. Its store never answers. Where the disk refuses, it says so and ends.
 */
const [, , dir = '', round = '', segmentBytes = '20000'] = process.argv
const spool = await openSpool({
  dir,
  quarantineDir: `${dir}-quarantine`,
  durability: 'write',
  maxBytes: 1e9,
  segmentBytes: Number(segmentBytes),
  segmentSpans: 1e6,
  segmentAgeMs: 10,
  concurrentLoads: 1,
  observer: new CollectingObserver(),
  load: () => new Promise(() => {}),
})

/** Ends where the disk refuses. */
async function appendForever(lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `${round}-${lane}-${i}`
    try {
      await spool.append(sampleRequest([name]), 1)
    } catch (error) {
      writeSync(2, `${error}\n`)
      return
    }
    writeSync(1, `${name}\n`)
  }
}

await Promise.all([0, 1, 2, 3].map(appendForever))
process.exit(3)
