import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

/*
 * Node takes types out of TypeScript and leaves decorators in, which it cannot run: files of this example that
 * hold one are compiled as they are loaded (--import).
 */
const folder = new URL('../', import.meta.url).href

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(folder) || !url.endsWith('.ts')) return nextLoad(url, context)
    const source = readFileSync(fileURLToPath(url), 'utf8')
    if (!/^\s*@\w/m.test(source)) return nextLoad(url, context)
    const { code } = transformSync(source, { loader: 'ts', target: 'es2022', sourcemap: 'inline' })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
