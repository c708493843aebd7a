/** A group of tests that is run, counted and chosen as one. */
export type SuiteName = 'check' | 'rules' | 'unit' | 'it' | 'web' | 'e2e' | 'interop'

/** In the order in which they run: the quick ones first. */
export const suiteNames: readonly SuiteName[] = ['check', 'rules', 'unit', 'it', 'web', 'e2e', 'interop']

/** The tests of one suite: its files relative to the repository's root, none for `check`. */
export interface Suite {
  readonly name: SuiteName
  readonly files: readonly string[]
}

/** The suite that a file's tests belong to, by its name and place; undefined for what is not a test. */
export function suiteOf(file: string): SuiteName | undefined {
  if (/\.e2e\.ts$/.test(file)) return 'e2e'
  if (/\.it\.ts$/.test(file)) return file.startsWith('interop/') ? 'interop' : 'it'
  if (!/\.test\.tsx?$/.test(file)) return undefined
  if (file.startsWith('apps/web/')) return 'web'
  return file.startsWith('scripts/rules/') ? 'rules' : 'unit'
}

/**
 * What to run for the arguments of `npm test --`: names of suites and paths of files or folders, everything if
 * there are none.
 *
 * @param files every file of the repository, relative to its root.
 * @returns the suites in order, those without tests left out.
 * @throws Error for an argument that selects nothing.
 */
export function selectSuites(args: readonly string[], files: readonly string[]): readonly Suite[] {
  const wanted = args.length === 0 ? suiteNames : args
  const chosen = new Map<SuiteName, Set<string>>()
  const add = (name: SuiteName, suiteFiles: readonly string[]): void => {
    chosen.set(name, new Set([...(chosen.get(name) ?? []), ...suiteFiles]))
  }
  for (const arg of wanted) {
    if (isSuiteName(arg)) {
      add(
        arg,
        files.filter(file => suiteOf(file) === arg),
      )
      continue
    }
    const path = arg.replace(/^\.\//, '').replace(/\/$/, '')
    const under = files.filter(
      file => (file === path || file.startsWith(`${path}/`)) && suiteOf(file) !== undefined,
    )
    if (under.length === 0) {
      throw new Error(
        `No test matches "${arg}": name a suite (${suiteNames.join(', ')}), a folder or a file.`,
      )
    }
    for (const file of under) add(suiteOf(file) ?? 'unit', [file])
  }
  return suiteNames
    .filter(name => chosen.has(name))
    .map(name => ({ name, files: [...(chosen.get(name) ?? [])].sort() }))
    .filter(({ name, files: own }) => name === 'check' || own.length > 0)
}

function isSuiteName(text: string): text is SuiteName {
  return suiteNames.some(name => name === text)
}
