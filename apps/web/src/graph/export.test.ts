import { expect, it } from 'vitest'
import { svgDocument } from './export.ts'

it('is a document of its own: whole, styled, with nothing to press', () => {
  const sheet = document.createElement('style')
  sheet.textContent = '.said { fill: rgb(1, 2, 3) }'
  document.head.append(sheet)
  const place = document.createElement('div')
  place.innerHTML =
    '<svg><defs><marker id="head"><path d="M0 0"></path></marker></defs>' +
    '<g data-graph transform="translate(9 9)"><g>' +
    '<text class="said">a &amp; b</text><rect role="button" tabindex="0" id="x"></rect></g></g></svg>'
  document.body.append(place)
  const drawing = place.querySelector('svg')
  if (drawing === null) throw new Error('nothing was drawn')
  const text = svgDocument(drawing, { width: 100, height: 50 })
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml')
  expect(parsed.querySelector('parsererror')).toBeNull()
  expect(parsed.documentElement.getAttribute('viewBox')).toBe('0 0 100 50')
  expect(parsed.querySelector('marker')?.id).toBe('head')
  expect(parsed.querySelector('[data-graph]')?.hasAttribute('transform')).toBe(false)
  expect(parsed.querySelector('[role], [class], #x')).toBeNull()
  expect(parsed.querySelector('text')?.getAttribute('fill')).toBe('rgb(1, 2, 3)')
  expect(parsed.querySelector('text')?.textContent).toBe('a & b')
  place.remove()
  sheet.remove()
})
