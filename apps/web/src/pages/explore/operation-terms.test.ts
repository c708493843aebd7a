import { describe, expect, it } from 'vitest'
import { operationAsked, serviceAsked, toggleOperation } from './operation-terms.ts'

describe('serviceAsked', () => {
  it('is the one service that spans must be of', () => {
    expect(serviceAsked('service:shop dur>1s')).toBe('shop')
    expect(serviceAsked('service:"order service"')).toBe('order service')
    for (const other of [
      '',
      'is:error',
      'service:s*',
      '-service:shop',
      '{service:shop}',
      'service:a service:b',
      '(',
    ])
      expect(serviceAsked(other), other).toBeUndefined()
  })
})

describe('toggleOperation', () => {
  it('adds an operation, takes its place, and takes it out again', () => {
    const orders = toggleOperation('service:shop dur>1s', 'POST /orders')
    expect(orders).toBe('service:shop dur>1s name:"POST /orders"')
    expect(operationAsked(orders)).toBe('POST /orders')
    expect(toggleOperation(orders, 'checkout')).toBe('service:shop dur>1s name:checkout')
    expect(toggleOperation(orders, 'POST /orders')).toBe('service:shop dur>1s')
  })

  it('writes a name for what it is, whatever stands in it', () => {
    for (const name of ['GET *', 'a"b', '(x)', 'a:b'])
      expect(operationAsked(toggleOperation('service:shop', name)), name).toBe(name)
  })
})
