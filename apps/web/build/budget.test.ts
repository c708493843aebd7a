import { describe, expect, it } from 'vitest'
import type { Chunk } from './budget.ts'
import { firstLoadChunks, tooEarly } from './budget.ts'

const chunk = (fileName: string, more: Partial<Chunk> = {}): Chunk => ({
  fileName,
  code: '',
  isEntry: false,
  imports: [],
  dynamicImports: [],
  moduleIds: [],
  ...more,
})

describe('firstLoadChunks', () => {
  it('counts the entry, the page, what they import, and nothing that comes later', () => {
    const chunks = [
      chunk('entry', { isEntry: true, imports: ['react'], dynamicImports: ['explore', 'trace', 'keys'] }),
      chunk('react'),
      chunk('explore', {
        moduleIds: ['/src/pages/explore/explore.tsx'],
        imports: ['react', 'editor'],
        dynamicImports: ['popup'],
      }),
      chunk('editor', { imports: ['react'] }),
      chunk('popup', { moduleIds: ['/src/pages/explore/popup.tsx'] }),
      chunk('trace', { moduleIds: ['/src/pages/trace/page.tsx'] }),
      chunk('keys'),
    ]
    const names = firstLoadChunks(chunks, ['pages/explore/explore.tsx']).map(first => first.fileName)
    expect(names.toSorted()).toEqual(['editor', 'entry', 'explore', 'react'])
  })
})

describe('tooEarly', () => {
  it('finds what other pages need, wherever it has got to', () => {
    const first = [
      chunk('entry', { moduleIds: ['/src/main.tsx', '/node_modules/@dagrejs/dagre/dist/dagre.esm.js'] }),
    ]
    expect(tooEarly(first, ['@dagrejs/dagre', '/graph/'])).toEqual(['@dagrejs/dagre'])
    expect(tooEarly(first, [])).toEqual([])
  })
})
