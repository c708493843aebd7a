import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// Pages load when they are first shown, and the first test to show one waits for its code.
configure({ asyncUtilTimeout: 10_000 })

// What jsdom leaves out because it draws nothing: sizes, scrolling, observers, canvases.
class SizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver = SizeObserver
globalThis.matchMedia = query =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener() {},
    removeListener() {},
  })
// jsdom says that it is Safari, for which CodeMirror asks the document where the selection is.
document.execCommand = () => false
window.scrollTo = () => {}
Element.prototype.scrollTo = () => {}
Element.prototype.scrollIntoView = () => {}
Range.prototype.getClientRects = () => Object.assign([], { item: () => null })
HTMLCanvasElement.prototype.getContext = () => null
const sizes = { offsetWidth: 1000, offsetHeight: 600, clientWidth: 1000, clientHeight: 600 }
for (const [name, value] of Object.entries(sizes))
  Object.defineProperty(HTMLElement.prototype, name, { get: () => value })

afterEach(cleanup)
