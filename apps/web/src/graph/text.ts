/** The kinds of text in a graph, as graph.css sets them. */
const styles = {
  name: { css: '500 12.5px', family: '--sans', emPx: 12.5, perEm: 0.56 },
  text: { css: '400 12px', family: '--sans', emPx: 12, perEm: 0.54 },
  small: { css: '400 11px', family: '--sans', emPx: 11, perEm: 0.54 },
  mono: { css: '400 12px', family: '--mono', emPx: 12, perEm: 0.61 },
} as const
export type TextStyle = keyof typeof styles

let brush: CanvasRenderingContext2D | null | undefined
const families = new Map<string, string>()
const widths = new Map<string, number>()
/** Texts whose width is remembered, before all are forgotten. */
const mostRemembered = 20_000

/** How wide a text is drawn, in pixels; where nothing is drawn (no canvas), about that. */
export function textWidth(text: string, style: TextStyle): number {
  const key = `${style} ${text}`
  const known = widths.get(key)
  if (known !== undefined) return known
  if (widths.size > mostRemembered) widths.clear()
  const width = measure(text, style)
  widths.set(key, width)
  return width
}

function measure(text: string, style: TextStyle): number {
  const { css, family, emPx, perEm } = styles[style]
  brush ??= document.createElement('canvas').getContext('2d')
  if (brush === null) return text.length * emPx * perEm
  brush.font = `${css} ${familyOf(family)}`
  return brush.measureText(text).width
}

function familyOf(token: string): string {
  let family = families.get(token)
  if (family === undefined) {
    family = getComputedStyle(document.documentElement).getPropertyValue(token).trim() || 'sans-serif'
    families.set(token, family)
  }
  return family
}

/** The text where it fits into `maxPx`, else as much of its start as does, and `…`. */
export function cutText(text: string, style: TextStyle, maxPx: number): string {
  if (textWidth(text, style) <= maxPx) return text
  let fits = 0
  let tooMany = text.length
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (textWidth(`${text.slice(0, middle)}…`, style) <= maxPx) fits = middle
    else tooMany = middle
  }
  return `${text.slice(0, fits).trimEnd()}…`
}
