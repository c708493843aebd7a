import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SetUpError } from '../set-up/run-command.ts'
import { chosenExamples } from './examples.ts'

async function names(...args: readonly string[]): Promise<readonly string[]> {
  return (await chosenExamples(args)).map(({ name }) => name)
}

test('reports runs where nothing is named, every example for all', async () => {
  assert.deepEqual(await names(), ['reports'])
  assert.deepEqual(await names('orders'), ['orders'])
  const all = await names('all')
  assert.ok(all.includes('reports') && all.includes('orders'))
  assert.equal(new Set(all).size, all.length)
})

test('an example asks for its brokers, and is given its scenario', async () => {
  const [reports] = await chosenExamples([])
  assert.deepEqual(reports, { name: 'reports', brokers: ['kafka'], args: [], env: {} })
  const [orders] = await chosenExamples(['orders', '--scenario', 'lag'])
  assert.deepEqual(orders, {
    name: 'orders',
    brokers: ['kafka', 'rabbitmq'],
    args: ['--scenario', 'lag'],
    env: {},
  })
})

test('an example that asks for no broker is given none', async () => {
  const [hello] = await chosenExamples(['hello'])
  assert.deepEqual(hello, { name: 'hello', brokers: [], args: [], env: {} })
})

test('what cannot be chosen is answered with what can', async () => {
  const refused = [
    ['nothing'],
    ['..'],
    ['orders', 'lag'],
    ['all', '--scenario', 'lag'],
    ['orders', '--scenario', 'lag', 'more'],
  ]
  for (const args of refused)
    await assert.rejects(chosenExamples(args), (error: Error) => {
      assert.ok(error instanceof SetUpError)
      assert.match(error.message, /^Usage: npm start .*orders, .*reports.*, all$/)
      return true
    })
  await assert.rejects(chosenExamples(['reports', '--scenario', 'lag']), /reports has no scenarios/)
})

test('a scenario that is not there, or not named, is answered with those that are', async () => {
  const there = 'bottleneck, dead-letter, .*, sampling'
  for (const [args, told] of [
    [['orders', '--scenario', 'nonsense'], `^There is no scenario nonsense; there are ${there}$`],
    [['orders', '--scenario', 'Lag'], `^There is no scenario Lag; there are ${there}$`],
    [['orders', '--scenario'], `^--scenario is followed by one of: ${there}$`],
  ] as const)
    await assert.rejects(chosenExamples(args), (error: Error) => {
      assert.ok(error instanceof SetUpError)
      assert.match(error.message, new RegExp(told))
      return true
    })
})
