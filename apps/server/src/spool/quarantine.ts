import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Puts spans that the store refuses beside it, as an OTLP request that any OTLP endpoint takes, with the
 * reason in a file of the same name.
 *
 * @returns the path of the request.
 */
export async function quarantine(
  dir: string,
  token: string,
  bytes: Uint8Array,
  spans: number,
  reason: string,
): Promise<string> {
  await mkdir(dir, { recursive: true })
  const path = join(dir, `${token}.otlp`)
  await writeFile(path, bytes)
  const facts = { time: new Date().toISOString(), spans, bytes: bytes.length, reason }
  await writeFile(join(dir, `${token}.reason`), `${JSON.stringify(facts, null, 2)}\n`)
  return path
}
