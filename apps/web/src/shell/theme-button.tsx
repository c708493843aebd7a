import { Monitor, Moon, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { useState } from 'react'
import type { Theme } from '../theme/theme.ts'
import { setTheme, storedTheme, themes } from '../theme/theme.ts'

const icons = { system: Monitor, light: Sun, dark: Moon } as const
const names = { system: 'as the system', light: 'light', dark: 'dark' } as const

/** Goes round the themes: as the system says, light, dark. */
export function ThemeButton(): ReactNode {
  const [theme, setChosen] = useState<Theme>(storedTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  const Icon = icons[theme]
  const choose = () => {
    setTheme(next)
    setChosen(next)
  }
  return (
    <button
      type="button"
      className="icon-btn"
      aria-label={`Theme: ${names[theme]}. Change to ${names[next]}`}
      title={`Theme: ${names[theme]}`}
      onClick={choose}
    >
      <Icon size={15} aria-hidden />
    </button>
  )
}
