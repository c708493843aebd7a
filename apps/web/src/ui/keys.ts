import { useEffect, useRef } from 'react'

/**
 * A key and what it does. `keys` are names as in KeyboardEvent.key, any of which will do, or two of them one
 * after the other: `g m`.
 */
export interface KeyBinding {
  readonly keys: readonly string[]
  readonly label: string
  readonly run: () => void
}

/** The keys of one part of the page, under a heading. */
export interface KeyGroup {
  readonly title: string
  readonly bindings: readonly KeyBinding[]
}

interface Registration {
  group: KeyGroup
}

/** What is on the page now, the latest last: its keys go first. */
const registrations: Registration[] = []

/** Makes a group of keys work for as long as the calling component is on the page. */
export function useKeys(group: KeyGroup): void {
  const registration = useRef<Registration>({ group })
  registration.current.group = group
  useEffect(() => {
    const own = registration.current
    if (registrations.length === 0) document.addEventListener('keydown', press)
    registrations.push(own)
    return () => {
      registrations.splice(registrations.indexOf(own), 1)
      if (registrations.length === 0) document.removeEventListener('keydown', press)
    }
  }, [])
}

/** Every group of keys that works now, in the order of the page. */
export function currentKeys(): readonly KeyGroup[] {
  return registrations.map(registration => registration.group)
}

/** How long after the first of two keys the second counts as such, in milliseconds. */
const pairMs = 1500
let firstKey: { readonly key: string; readonly atMs: number } | undefined

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (belongsToTarget(event)) return
  const pair =
    firstKey !== undefined && event.timeStamp - firstKey.atMs < pairMs ? `${firstKey.key} ${event.key}` : ''
  firstKey = undefined
  const binding = bindingOf(key => key === pair) ?? bindingOf(key => key === event.key)
  if (binding !== undefined) {
    event.preventDefault()
    binding.run()
  } else if (bindingOf(key => key.startsWith(`${event.key} `)) !== undefined)
    firstKey = { key: event.key, atMs: event.timeStamp }
}

/** The latest binding with a key that is meant. */
function bindingOf(isMeant: (key: string) => boolean): KeyBinding | undefined {
  for (let i = registrations.length - 1; i >= 0; i--) {
    const binding = registrations[i]?.group.bindings.find(({ keys }) => keys.some(isMeant))
    if (binding !== undefined) return binding
  }
  return undefined
}

const typed = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]'
const owned = '[role=dialog], [role=menu], [role=listbox], [role=tablist], [role=separator], [role=slider]'

/** Whether the element that has the focus uses the key itself: it is typed into, pressed, or moved through. */
function belongsToTarget(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) return false
  if (target.closest(typed) !== null) return true
  if (event.key === 'Enter' || event.key === ' ') return target.closest('a, button, summary') !== null
  if (event.key === 'Escape' || event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End')
    return target.closest(owned) !== null
  return target.closest('[role=dialog], [role=menu], [role=listbox]') !== null
}
