import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectSuites, suiteOf } from './suites.ts'

const files = [
  'apps/server/src/main.ts',
  'apps/server/src/spool/spool.it.ts',
  'apps/server/src/spool/segment.test.ts',
  'apps/web/src/timeline/layout.test.tsx',
  'e2e/reports.e2e.ts',
  'interop/src/clients.it.ts',
  'scripts/rules/layers.test.ts',
  'scripts/testing/suites.test.ts',
]

test('a test belongs to a suite by its name and place', () => {
  assert.deepEqual(files.map(suiteOf), [undefined, 'it', 'unit', 'web', 'e2e', 'interop', 'rules', 'unit'])
})

test('without arguments everything runs, the quick suites first', () => {
  const suites = selectSuites([], files)
  assert.deepEqual(
    suites.map(({ name }) => name),
    ['check', 'rules', 'unit', 'it', 'web', 'e2e', 'interop'],
  )
  assert.deepEqual(suites.flatMap(suite => suite.files).sort(), files.slice(1).sort())
})

test('suites, folders and files are chosen by argument, and nothing runs twice', () => {
  assert.deepEqual(selectSuites(['web', 'unit', 'scripts/testing/suites.test.ts'], files), [
    { name: 'unit', files: ['apps/server/src/spool/segment.test.ts', 'scripts/testing/suites.test.ts'] },
    { name: 'web', files: ['apps/web/src/timeline/layout.test.tsx'] },
  ])
  assert.deepEqual(selectSuites(['./apps/server/src/spool/'], files), [
    { name: 'unit', files: ['apps/server/src/spool/segment.test.ts'] },
    { name: 'it', files: ['apps/server/src/spool/spool.it.ts'] },
  ])
})

test('an argument that selects no test is an error', () => {
  assert.throws(
    () => selectSuites(['apps/server/src/main.ts'], files),
    /No test matches "apps\/server\/src\/main.ts"/,
  )
  assert.throws(() => selectSuites(['apps/serv'], files), /No test matches/)
})
