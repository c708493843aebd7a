import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path/posix'
import { test } from 'node:test'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'

interface Document {
  readonly path: string
  /** Without blocks of code, in which nothing is a link or a heading. */
  readonly text: string
}

const documents: readonly Document[] = await Promise.all(
  (await repositoryFiles())
    .filter(path => path.endsWith('.md') && !path.includes('/fixtures/'))
    .map(async path => ({
      path,
      text: (await readFile(`${root}${path}`, 'utf8')).replace(/^```[\s\S]*?^```/gm, ''),
    })),
)

test('every link inside the repository leads somewhere', () => {
  const broken = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return []
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(`${root}${target}`)) return [`${path}: ${link}`]
      const linked = documents.find(document => document.path === target)
      const isFound = anchor === undefined || linked === undefined || anchors(linked.text).includes(anchor)
      return isFound ? [] : [`${path}: ${link} (no such heading)`]
    }),
  )
  assert.deepEqual(broken, [])
})

test('every entry of a RATIONALE.md stands under the question it answers', () => {
  const rationales = documents.filter(({ path }) => basename(path) === 'RATIONALE.md')
  const wrong = rationales.flatMap(({ path, text }) => {
    const headings = [...text.matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => heading)
    if (headings.length === 0) return [`${path}: no question at all`]
    return headings.filter(heading => !heading.endsWith('?')).map(heading => `${path}: ${heading}`)
  })
  assert.deepEqual(wrong, [])
})

/** The anchors of a document's headings, made as GitHub does. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
