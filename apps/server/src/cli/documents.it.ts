import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sampleRequest } from '../spool/sample-request.ts'

/*
 * The commands that the documents show, each block run as it stands by a shell, against a server on free ports.
 * Blocks come in the order of the documents, for what one sends another reads.
 */

const bin = fileURLToPath(new URL('../../bin/waybill.js', import.meta.url))
const documents = ['ingest', 'query-language', 'api']

/** Blocks of a document in which every line that begins a command is one that a reader would copy. */
function blocksOf(name: string): readonly string[] {
  const text = readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
  return blocks.filter(block => /^(?:curl|npx waybill) /m.test(block))
}

describe('the commands of the documents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-documents-'))
  const urls = new Map<string, string>()
  let server: ChildProcess

  before(async () => {
    writeFileSync(join(folder, 'quarantined.otlp'), sampleRequest(['again']))
    const started = spawn(process.execPath, [bin, 'serve'], {
      env: {
        ...process.env,
        WAYBILL_PORTS: 'free',
        WAYBILL_DATA: join(folder, 'data'),
        WAYBILL_LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    server = started
    for await (const line of createInterface({ input: started.stdout })) {
      const [name = '', url = ''] = line.split(/ +/)
      urls.set(name, url.replace(/\/$/, ''))
      if (name === 'ready') return
    }
    throw new Error('the server ended before it was ready')
  })

  after(async () => {
    server.kill('SIGTERM')
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })

  /** The block with this server's addresses, a file for the placeholder, and errors that count. */
  function scriptOf(block: string): string {
    const addresses: Readonly<Record<string, string | undefined>> = {
      'http://127.0.0.1:16686': urls.get('ready'),
      'http://127.0.0.1:4318': urls.get('otlp-http'),
      'http://127.0.0.1:9411': urls.get('zipkin'),
      'http://127.0.0.1:14269': urls.get('health'),
    }
    let script = block.replaceAll('<file>', join(folder, 'quarantined'))
    for (const [shown, own] of Object.entries(addresses)) script = script.replaceAll(shown, own ?? '')
    return [
      'set -eu',
      'curl() { command curl --fail-with-body --silent --show-error "$@"; echo; }',
      `npx() { shift; '${process.execPath}' '${bin}' "$@"; }`,
      script,
    ].join('\n')
  }

  for (const name of documents)
    for (const block of blocksOf(name))
      it(`docs/${name}.md: ${block.split('\n')[0]?.slice(0, 100)}`, async () => {
        const shell = spawn('bash', ['-c', scriptOf(block)], {
          env: { ...process.env, WAYBILL_URL: urls.get('ready') },
          cwd: folder,
        })
        let output = ''
        for (const stream of [shell.stdout, shell.stderr])
          stream.on('data', (chunk: Buffer) => {
            output += chunk
          })
        await once(shell, 'close')
        assert.equal(shell.exitCode, 0, output)
      })

  it('are in every document', () => {
    for (const name of documents) assert.ok(blocksOf(name).length > 0, name)
  })
})
