import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'
import { sourceFiles } from './source.ts'

test('the pictures that docs/tour.md shows are those that tests make, and all of them are kept', async () => {
  const document = await readFile(`${root}docs/tour.md`, 'utf8')
  const shown = [...document.matchAll(/\]\(images\/tour-([\w-]+)\.png\)/g)].map(([, name]) => name).sort()
  const made = (await sourceFiles())
    .filter(({ path }) => path.endsWith('.e2e.ts'))
    .flatMap(({ text }) => [...text.matchAll(/\bpicture\(page, '([\w-]+)'/g)].map(([, name]) => name))
  const kept = (await repositoryFiles()).flatMap(
    path => /^docs\/images\/tour-([\w-]+)\.png$/.exec(path)?.[1] ?? [],
  )
  assert.deepEqual(shown, [...new Set(made)].sort())
  assert.deepEqual(shown, kept.sort())
})
