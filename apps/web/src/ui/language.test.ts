import { describe, expect, it } from 'vitest'
import { span, traceId } from '../test-spans.ts'
import { languageOf, languagesOf } from './language.ts'

const resource = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))

describe('languageOf', () => {
  it('says what the SDK says, as people call it', () => {
    for (const [said, name] of [
      ['nodejs', 'Node.js'],
      ['python', 'Python'],
      ['go', 'Go'],
      ['java', 'Java'],
      ['dotnet', '.NET'],
      ['cobol', 'cobol'],
    ] as const)
      expect(languageOf(resource({ 'telemetry.sdk.language': said, 'process.runtime.name': 'x' }))).toBe(name)
  })

  it('goes by the runtime, or by the client of Jaeger, where no SDK says', () => {
    for (const [runtime, name] of [
      ['CPython', 'Python'],
      ['OpenJDK Runtime Environment', 'Java'],
      ['go', 'Go'],
      ['.NET Core', '.NET'],
      ['nodejs', 'Node.js'],
    ] as const)
      expect(languageOf(resource({ 'process.runtime.name': runtime }))).toBe(name)
    expect(languageOf(resource({ 'opencensus.exporterversion': 'Jaeger-Go-2.30.0' }))).toBe('Go')
    expect(languageOf(resource({ 'opencensus.exporterversion': 'Jaeger-Python-4.8.0' }))).toBe('Python')
  })

  it('says nothing of what it does not know', () => {
    expect(languageOf([])).toBeUndefined()
    expect(languageOf(resource({ 'process.runtime.name': 'something' }))).toBeUndefined()
  })
})

it('languagesOf knows each service by its resources', () => {
  const dropped = { droppedAttributesCount: 0, schemaUrl: '' }
  const resources = [
    { ...dropped, attributes: resource({ 'telemetry.sdk.language': 'nodejs' }) },
    { ...dropped, attributes: resource({ 'telemetry.sdk.language': 'python' }) },
    { ...dropped, attributes: [] },
  ]
  const spans = [
    span({ spanId: '1', service: 'shop', resource: 0 }),
    span({ spanId: '2', service: 'billing', resource: 1 }),
    span({ spanId: '3', service: 'billing', resource: 0 }),
    span({ spanId: '4', service: 'audit', resource: 2 }),
  ]
  expect([...languagesOf({ traceId, resources, scopes: [], spans })]).toEqual([
    ['shop', ['Node.js']],
    ['billing', ['Python', 'Node.js']],
  ])
})
