import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path/posix'
import { test } from 'node:test'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'
import { isTest, sourceFiles } from './source.ts'

const maxLines = 400
const maxTestLines = 600

const paths = await repositoryFiles()
const sources = await sourceFiles()

test(`no file is longer than ${maxLines} lines, no test longer than ${maxTestLines}`, async () => {
  const counted = paths.filter(
    path => /\.(ts|tsx|mjs|js|css|sql)$/.test(path) && !/\.generated\.|\/fixtures\//.test(path),
  )
  const tooLong = await Promise.all(
    counted.map(async path => {
      const lines = (await readFile(`${root}${path}`, 'utf8')).split('\n').length - 1
      return lines > (isTest(path) ? maxTestLines : maxLines) ? [`${path}: ${lines} lines`] : []
    }),
  )
  assert.deepEqual(tooLong.flat(), [])
})

test('no folder or file has a name that says nothing', () => {
  const empty = /^(utils?|common|helpers?|types?|misc|shared|lib)$/
  const found = paths.filter(path =>
    path.split('/').some(part => empty.test(part.replace(/\.(test\.)?[a-z]+$/, ''))),
  )
  assert.deepEqual(found, [])
})

test('file names are in lower case with hyphens', () => {
  const found = sources.map(({ path }) => path).filter(path => !/^[a-z0-9.-]+$/.test(basename(path)))
  assert.deepEqual(found, [])
})

test("only config.ts reads the environment among the server's files", () => {
  const found = sources.filter(
    ({ path, text }) =>
      path.startsWith('apps/server/src/') &&
      path !== 'apps/server/src/config.ts' &&
      !isTest(path) &&
      text.includes('process.env'),
  )
  assert.deepEqual(
    found.map(({ path }) => path),
    [],
  )
})

test('the pure packages do no input or output', () => {
  const pure = ['packages/model/', 'packages/wire/', 'packages/query-language/', 'packages/api/']
  const found = sources
    .filter(({ path }) => pure.some(folder => path.startsWith(folder)) && !isTest(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('node:'))
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
  assert.deepEqual(found, [])
})

test('nothing is left for later, switched off or silenced', () => {
  // Put together from parts, so that this file does not find itself.
  const notes = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'XX' + 'X'].map(word => new RegExp(`\\b${word}\\b`))
  const switches = ['ts-ignore', 'ts-nocheck'].map(word => new RegExp(`@${word}`))
  const chosen = [/\b(test|it|describe)\.(only|skip|todo)\(/, /^\s*debugger\b/m]
  const patterns = [...notes, ...switches, ...chosen]
  const found = sources
    .filter(({ path }) => path !== 'scripts/rules/files.test.ts')
    .flatMap(({ path, text }) =>
      patterns.filter(pattern => pattern.test(text)).map(pattern => `${path}: ${pattern}`),
    )
  assert.deepEqual(found, [])
})

test("no file names a folder of somebody's machine", async () => {
  const texts = paths.filter(path => /\.(ts|tsx|mjs|js|json|md|css|html|sql|toml|yaml|yml)$/.test(path))
  const found = await Promise.all(
    texts.map(async path => {
      const match = /(?:file:\/\/)?\/(?:home|Users|root)\/\w+/.exec(await readFile(`${root}${path}`, 'utf8'))
      return match === null ? [] : [`${path}: ${match[0]}`]
    }),
  )
  assert.deepEqual(found.flat(), [])
})

test('the lock file holds no download addresses', async () => {
  const lock: { packages: Record<string, { resolved?: string }> } = JSON.parse(
    await readFile(`${root}package-lock.json`, 'utf8'),
  )
  const found = Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.includes('://'))
  assert.deepEqual(
    found.map(([path]) => path),
    [],
  )
})
