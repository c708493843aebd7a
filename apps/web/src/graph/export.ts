import type { Size } from './view.ts'

/**
 * What a drawing looks like by its style sheet, and has to say itself in a file of its own: as attributes, since a
 * style attribute would be against the page's Content-Security-Policy, even on a copy.
 */
const kept = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'font-family',
  'font-size',
  'font-weight',
  'opacity',
] as const

/**
 * The whole of a graph as a file of its own: an SVG document with the colours and types that it has on the page
 * now, and nothing to press.
 *
 * @param drawing the `<svg>` of the page; what is seen of the graph does not matter.
 */
export function svgDocument(drawing: SVGSVGElement, size: Size): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement
  const drawn = drawing.querySelectorAll('*')
  for (const [index, element] of copy.querySelectorAll('*').entries()) {
    const original = drawn[index]
    if (original === undefined) continue
    const style = getComputedStyle(original)
    element.removeAttribute('class')
    for (const name of kept) {
      const value = style.getPropertyValue(name)
      if (value !== '') element.setAttribute(name, value)
    }
  }
  for (const button of copy.querySelectorAll('[role=button]')) button.remove()
  copy.querySelector('[data-graph]')?.removeAttribute('transform')
  copy.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`)
  copy.setAttribute('width', String(size.width))
  copy.setAttribute('height', String(size.height))
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', '100%')
  ground.setAttribute('height', '100%')
  ground.setAttribute('fill', getComputedStyle(drawing.parentElement ?? drawing).backgroundColor)
  copy.prepend(ground)
  return new XMLSerializer().serializeToString(copy)
}

/** Hands a text to the visitor as a file. */
export function saveFile(text: string, name: string, mediaType: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: mediaType }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
