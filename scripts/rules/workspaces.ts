import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path/posix'
import { repositoryFiles } from '../set-up/repository-files.ts'
import { root } from '../set-up/root.ts'

/** A package of this repository. */
export interface Workspace {
  readonly name: string
  /** Relative to the repository's root, without a slash at the end. */
  readonly folder: string
  /** Subpath (`.`, `./otlp`) → file relative to the repository's root. */
  readonly exports: Readonly<Record<string, string>>
  /** Names of the packages it declares, of every kind. */
  readonly dependencies: ReadonlySet<string>
}

/** Every workspace of the repository. */
export async function workspaces(): Promise<readonly Workspace[]> {
  const manifests = (await repositoryFiles()).filter(
    path => path.endsWith('/package.json') && !path.includes('fixtures'),
  )
  return Promise.all(
    manifests.map(async path => {
      const manifest = JSON.parse(await readFile(`${root}${path}`, 'utf8'))
      const folder = dirname(path)
      const exports: Record<string, string> = manifest.exports ?? {}
      return {
        name: manifest.name,
        folder,
        exports: Object.fromEntries(Object.entries(exports).map(([sub, file]) => [sub, join(folder, file)])),
        dependencies: new Set(
          [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies].flatMap(set =>
            Object.keys(set ?? {}),
          ),
        ),
      }
    }),
  )
}

/** The workspace that a file belongs to; the repository's own scripts belong to none. */
export function workspaceOf(path: string, all: readonly Workspace[]): Workspace | undefined {
  return all.find(({ folder }) => path.startsWith(`${folder}/`))
}

/** The workspace that a specifier such as `@waybill/wire/otlp` names. */
export function importedWorkspace(specifier: string, all: readonly Workspace[]): Workspace | undefined {
  return all.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`))
}

/** The repository's file that an import leads to, undefined for what comes from elsewhere. */
export function resolveImport(
  from: string,
  specifier: string,
  all: readonly Workspace[],
): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier)).replace(/\?.*$/, '')
  const workspace = importedWorkspace(specifier, all)
  return workspace?.exports[`.${specifier.slice(workspace.name.length)}`]
}
