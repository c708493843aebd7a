import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { repositoryFiles } from './set-up/repository-files.ts'
import { root } from './set-up/root.ts'

/* `npm run bench [-- <name> …]`: runs bench/<name>.bench.ts one after the other, all of them without a name. */

const files = (await repositoryFiles()).filter(path => /^bench\/[\w-]+\.bench\.ts$/.test(path))
const nameOf = (path: string): string => path.slice('bench/'.length, -'.bench.ts'.length)
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !files.some(path => nameOf(path) === name))

if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}; there are ${files.map(nameOf).join(', ')}.`)
  process.exitCode = 1
} else {
  for (const path of files.filter(path => wanted.length === 0 || wanted.includes(nameOf(path)))) {
    console.log(`\n── ${nameOf(path)} ──`)
    const bench = spawn(process.execPath, ['--expose-gc', path], { cwd: root, stdio: 'inherit' })
    const [code] = await once(bench, 'exit')
    if (code !== 0) process.exitCode = 1
  }
}
