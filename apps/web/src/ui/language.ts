import type { Attributes, Trace } from '@waybill/model'
import { displayValue, findAttribute } from '@waybill/model'

/** Languages as OpenTelemetry names them (semantic conventions 1.44, telemetry.sdk.language) and as people do. */
const languages: Readonly<Record<string, string>> = {
  cpp: 'C++',
  dotnet: '.NET',
  erlang: 'Erlang',
  go: 'Go',
  java: 'Java',
  nodejs: 'Node.js',
  php: 'PHP',
  python: 'Python',
  ruby: 'Ruby',
  rust: 'Rust',
  swift: 'Swift',
  webjs: 'browser',
}

/** Runtimes that name a language (process.runtime.name), and what clients of Jaeger call themselves by. */
const runtimes: readonly (readonly [RegExp, string])[] = [
  [/^(nodejs|node)\b/i, 'nodejs'],
  [/^(cpython|pypy|python)\b/i, 'python'],
  [/^(go|gc|gccgo)\b/i, 'go'],
  [/jdk|java|jvm|jre|graalvm/i, 'java'],
  [/^\.net/i, 'dotnet'],
  [/^(c?ruby|jruby|truffleruby)\b/i, 'ruby'],
  [/^(cli|fpm|php)/i, 'php'],
  [/^(c\+\+|cpp)/i, 'cpp'],
]

/**
 * The language that a service is written in, as far as its resource says: by `telemetry.sdk.language`, else the
 * runtime's name, else Jaeger's client, whose version stands as `opencensus.exporterversion` (`Jaeger-Go-2.30.0`).
 */
export function languageOf(resource: Attributes): string | undefined {
  const text = (key: string) => {
    const value = findAttribute(resource, key)
    return value === undefined ? '' : displayValue(value)
  }
  const language = text('telemetry.sdk.language')
  if (language !== '') return languages[language.toLowerCase()] ?? language
  const runtime = text('process.runtime.name') || text('opencensus.exporterversion').replace(/^jaeger-/i, '')
  const found = runtimes.find(([form]) => form.test(runtime))?.[1]
  return found === undefined ? undefined : languages[found]
}

/** The languages of each service of a trace, by its resources: one, as a rule. */
export function languagesOf(trace: Trace): ReadonlyMap<string, readonly string[]> {
  const byService = new Map<string, Set<string>>()
  const byResource = trace.resources.map(resource => languageOf(resource.attributes))
  for (const { service, resource } of trace.spans) {
    const language = byResource[resource]
    if (language === undefined) continue
    const known = byService.get(service)
    if (known === undefined) byService.set(service, new Set([language]))
    else known.add(language)
  }
  return new Map([...byService].map(([service, found]) => [service, [...found]]))
}
