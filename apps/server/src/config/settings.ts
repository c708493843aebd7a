import { z } from 'zod'
import { configSchema } from './schema.ts'

/** One setting under its name in each source. */
export interface Setting {
  /** In the file: `otlpHttp.port`. */
  readonly key: string
  /** In the environment: `WAYBILL_OTLP_HTTP_PORT`. */
  readonly env: string
  /** On the command line: `--otlp-http-port`. */
  readonly flag: string
  /** What a parser of flags calls it: `otlpHttpPort`. */
  readonly option: string
  readonly description: string
  /** As a person would write it: `20MiB`, not 20971520. */
  readonly defaultText: string
}

/** Every setting, in the order of the schema. */
export const settings: readonly Setting[] = collect(configSchema, [])

/** Settings that say where the file is, so they cannot stand in it. */
export const configFile = { env: 'WAYBILL_CONFIG', flag: '--config', name: 'waybill.toml' } as const

function collect(schema: z.ZodType, path: readonly string[]): Setting[] {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([name, field]) =>
      collect(field as z.ZodType, [...path, name]),
    )
  const words = path.flatMap(name => name.split(/(?=[A-Z])/)).map(word => word.toLowerCase())
  return [
    {
      key: path.join('.'),
      env: `WAYBILL_${words.join('_').toUpperCase()}`,
      flag: `--${words.join('-')}`,
      option: words.map((word, i) => (i === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join(''),
      description: schema.description ?? '',
      defaultText: String(
        schema instanceof z.ZodPrefault ? schema.def.defaultValue : schema.parse(undefined),
      ),
    },
  ]
}
