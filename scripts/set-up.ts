import { chromium } from './set-up/chromium.ts'
import { SetUpError } from './set-up/run-command.ts'
import { buildWeb } from './set-up/web.ts'

/* `node scripts/set-up.ts web chromium`: what the named things need is installed or built. */
const steps: Readonly<Record<string, () => Promise<unknown>>> = { web: buildWeb, chromium }

try {
  for (const name of process.argv.slice(2)) {
    const run = steps[name]
    if (run === undefined)
      throw new SetUpError(`Nothing to set up is called ${name}; there are ${Object.keys(steps)}.`)
    await run()
  }
} catch (error) {
  console.error(error instanceof SetUpError ? error.message : error)
  process.exitCode = 1
}
