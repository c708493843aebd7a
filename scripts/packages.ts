import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPackages, published } from './packages/build.ts'
import { root } from './set-up/root.ts'

// `npm run packages`: what `npm publish` takes, built into dist/packages.
const folder = join(root, 'dist/packages')
await rm(folder, { recursive: true, force: true })
await buildPackages(folder)
console.log(`${published.join(', ')} are in ${folder}`)
