import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'

/** One import, re-export or dynamic import of a source file. */
export interface Import {
  /** As written: `./segment.ts`, `@waybill/model`, `node:fs`. */
  readonly specifier: string
  /** Gone after the types are stripped. */
  readonly isType: boolean
}

export interface SourceFile {
  /** Relative to the repository's root. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

/** Every TypeScript and JavaScript file of the repository. */
export async function sourceFiles(): Promise<readonly SourceFile[]> {
  const paths = (await repositoryFiles()).filter(
    path => /\.(ts|tsx|mjs|js)$/.test(path) && !path.includes('/fixtures/'),
  )
  return Promise.all(
    paths.map(async path => {
      const text = await readFile(join(root, path), 'utf8')
      return { path, text, imports: importsOf(text) }
    }),
  )
}

const statements = [
  /^import\s+(type\s+)?[\w*\s{},$]+?\s+from\s*['"]([^'"]+)['"]/gm,
  /^export\s+(type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s*from\s*['"]([^'"]+)['"]/gm,
  /^import\s*()['"]([^'"]+)['"]/gm,
  /\bimport\(\s*()['"]([^'"]+)['"]/g,
]

/** The imports of a module's text. Types are told apart only as `import type`, the form that the linter asks for. */
export function importsOf(text: string): readonly Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return statements.flatMap(statement =>
    [...code.matchAll(statement)].map(([, type, specifier = '']) => ({ specifier, isType: Boolean(type) })),
  )
}

/** Whether a file is a test or serves only tests; those may import what their workspace declares. */
export function isTest(path: string): boolean {
  return /\.(test|it|e2e|bench)\.tsx?$/.test(path) || /\/(testing|test-[\w-]+)[./]/.test(path)
}
