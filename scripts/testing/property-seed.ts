import fc from 'fast-check'

/*
 * Loaded before each test file: properties draw the same examples on every run and every machine, so that what
 * `npm test` says of a commit is no throw of dice. PROPERTY_SEED=7 draws others, PROPERTY_SEED=random new ones
 * each time; a file run by itself, without `npm test`, does so too.
 */

const text = process.env['PROPERTY_SEED'] ?? '1'
if (text !== 'random') {
  const seed = Number(text)
  if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is a whole number or random, not ${text}`)
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
}
