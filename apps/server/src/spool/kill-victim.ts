import { writeSync } from 'node:fs'
import { CollectingObserver } from './collecting-store.ts'
import { sampleRequest } from './sample-request.ts'
import { openSpool } from './spool.ts'

/*
 * Run by recover.test.ts and killed by it: appends without end to the spool in argv[2] and writes the name
 * of each span that was acknowledged. Its store never answers.
 */
const [, , dir = '', round = ''] = process.argv
const spool = await openSpool({
  dir,
  quarantineDir: `${dir}-quarantine`,
  durability: 'write',
  maxBytes: 1e9,
  segmentBytes: 20_000,
  segmentSpans: 1e6,
  segmentAgeMs: 10,
  observer: new CollectingObserver(),
  load: () => new Promise(() => {}),
})

async function appendForever(lane: number): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `${round}-${lane}-${i}`
    await spool.append(sampleRequest([name]), 1)
    writeSync(1, `${name}\n`)
  }
}

await Promise.all([0, 1, 2, 3].map(appendForever))
