import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path/posix'
import { test } from 'node:test'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'

/*
 * docs/seeds.md goes through articles claim by claim. The last column of its tables says which test shows a claim:
 * `[orders.it.ts](../examples/orders/src/orders.it.ts): one trace over Node; both waits`, the link only where a
 * section names the file first.
 */

const document = await readFile(`${root}docs/seeds.md`, 'utf8')
const namedTest = /\b(?:test|it)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g

interface Shown {
  readonly claim: string
  /** As the cell names it. */
  readonly file: string
  /** Relative to the repository's root; undefined where no link in the section leads to it. */
  readonly path: string | undefined
  readonly test: string
}

/** Cells of a section's rows, without heads and lines. */
function rowsOf(section: string): readonly (readonly string[])[] {
  return section
    .split('\n')
    .filter(line => line.startsWith('| '))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(cells => cells.slice(1, -1))
    .filter(cells => cells.at(-1) !== 'Shown by')
}

const sections = document.split(/^## /m).slice(1)

const shown: readonly Shown[] = sections.flatMap(section => {
  const links = new Map<string, string>()
  for (const [, name = '', link = ''] of section.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g))
    links.set(name, join('docs', link))
  return rowsOf(section).flatMap(cells => {
    let file = ''
    return (cells.at(-1) ?? '').split('; ').map(part => {
      const [, named, test = part] = /^\[?([\w.-]+\.tsx?)(?:\]\([^)]*\))?: (.*)$/.exec(part) ?? []
      file = named ?? file
      return { claim: cells[0] ?? '', file, path: links.get(file), test }
    })
  })
})

test('no row of docs/seeds.md is open, no example without a table', async () => {
  const open = sections.flatMap(rowsOf).filter(cells => cells.length !== 3 || cells.includes(''))
  assert.deepEqual(open, [])
  const headings = sections.map(section => section.split('\n')[0] ?? '')
  const examples = (await repositoryFiles()).flatMap(
    path => /^examples\/[\w-]+(?=\/src\/run\.ts$)/.exec(path)?.[0] ?? [],
  )
  assert.deepEqual(
    examples.filter(example => !headings.some(heading => heading.endsWith(`: ${example}`))),
    [],
  )
})

test('every test that docs/seeds.md names is there', async () => {
  const missing = await Promise.all(
    shown.map(async ({ claim, file, path, test }) => {
      if (path === undefined || !existsSync(`${root}${path}`)) return [`${claim}: no link to ${file}`]
      const text = await readFile(`${root}${path}`, 'utf8')
      const names = [...text.matchAll(namedTest)].map(([, ...quoted]) => quoted.join('').replaceAll('\\', ''))
      return names.some(name => name.includes(test)) ? [] : [`${claim}: no test of ${file} is named ${test}`]
    }),
  )
  assert.deepEqual(missing.flat(), [])
})
