/** What the visitor chose; `system` follows the operating system and its changes. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'waybill.theme'

/** The theme chosen on an earlier visit, `system` where none was or storage is closed to the page. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key)
    return themes.find(theme => theme === stored) ?? 'system'
  } catch {
    return 'system'
  }
}

/** Shows the page in a theme and remembers it. The tokens do the rest (tokens.css). */
export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(key, theme)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
