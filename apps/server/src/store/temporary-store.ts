import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { decodeTraces } from '@waybill/wire/otlp'
import type { Engine, Segment } from './engine.ts'
import { openStore } from './open.ts'

/*
 * For tests: real stores and segments in folders that go with the test.
 */

export async function temporaryFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-store-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A store of its own, closed and removed after the test. */
export async function temporaryStore(t: Pick<TestContext, 'after'>): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-store-'))
  const engine = await openStore({ dataDir: folder })
  t.after(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  return engine
}

/** Writes bodies one after the other, as the spool does. */
export async function writeSegment(
  folder: string,
  token: string,
  ...bodies: readonly Uint8Array[]
): Promise<Segment> {
  const path = join(folder, `${token}.segment`)
  const bytes = Buffer.concat(bodies)
  await writeFile(path, bytes)
  return { path, token, bytes: bytes.length, spans: bodies.reduce((sum, body) => sum + countSpans(body), 0) }
}

function countSpans(body: Uint8Array): number {
  return decodeTraces(body)
    .resourceSpans.flatMap(resource => resource.scopeSpans)
    .reduce((sum, scope) => sum + scope.spans.length, 0)
}
