export type Variables = Readonly<Record<string, string | undefined>>

/** Reads variables, and notes what was set and cannot be honoured. */
export interface Read {
  /** OpenTelemetry: an empty variable is one that is not set. */
  text(name: string): string | undefined
  /** A number above 0. */
  number(name: string, otherwise: number): number
  /** A whole number from 0. */
  count(name: string, otherwise: number): number
  problem(sentence: string): void
}

export function reader(variables: Variables, problems: string[]): Read {
  const text = (name: string): string | undefined => {
    const value = variables[name]?.trim()
    return value === '' ? undefined : value
  }
  const checked = (name: string, otherwise: number, isRight: (value: number) => boolean, what: string) => {
    const value = text(name)
    if (value === undefined) return otherwise
    const parsed = Number(value)
    if (isRight(parsed)) return parsed
    problems.push(`${name}=${value} is no ${what}; ${otherwise} is used`)
    return otherwise
  }
  return {
    text,
    number: (name, otherwise) =>
      checked(name, otherwise, value => Number.isFinite(value) && value > 0, 'positive number'),
    count: (name, otherwise) =>
      checked(name, otherwise, value => Number.isSafeInteger(value) && value >= 0, 'whole number from 0'),
    problem: sentence => void problems.push(sentence),
  }
}

/** Whether a text is an absolute address of http or https. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** A list `key=value,key=value` with percent-encoded values, as headers and resource attributes are given. */
export function readPairs(list: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const pair of list?.split(',') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0) pairs[decoded(pair.slice(0, at).trim())] = decoded(pair.slice(at + 1).trim())
  }
  return pairs
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
