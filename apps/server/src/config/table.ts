import { settings } from './settings.ts'

/** The settings as the Markdown table of docs/configuration.md; a test holds the two together. */
export function settingsTable(): string {
  const rows = settings.map(({ key, env, flag, defaultText, description }) =>
    [code(key), code(env), code(flag), code(defaultText), description].join(' | '),
  )
  return ['File | Environment | Flag | Default | What it does', '---|---|---|---|---', ...rows]
    .map(row => `| ${row} |`)
    .join('\n')
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}
