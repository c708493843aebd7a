import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pythonPrograms, runProgram, setUp, Unavailable } from '@waybill/brokers'
import { argumentsOf, serviceNames } from './services.ts'

/* The manifests against the schemas of Kubernetes' own API, and against how the services are started here. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
const workshop = pythonPrograms('eshop-manifests', fileURLToPath(new URL('../k8s', import.meta.url)))
let folder = ''
/** Why this machine cannot check manifests; the empty text where it can. */
let reason = ''

before(async () => {
  try {
    folder = await setUp(workshop, () => undefined)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    reason = error.message
  }
})

function python(...args: readonly string[]): Promise<string> {
  const command = `${folder}/environment/bin/python`
  return runProgram({ command, args, cwd: folder, timeoutMs: 60_000 })
}

/** Whether the test can run; says why not. */
function canRun(t: TestContext): boolean {
  if (reason !== '') t.skip(reason)
  return reason === ''
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: {
    readonly selector: Readonly<Record<string, unknown>>
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] }
    }
  }
}

async function manifests(): Promise<readonly Manifest[]> {
  const program = 'import json, yaml; print(json.dumps(list(yaml.safe_load_all(open("eshop.yaml")))))'
  return JSON.parse(await python('-c', program)) as readonly Manifest[]
}

test('every manifest is valid, and nothing stands in them that Kubernetes does not know', async t => {
  if (!canRun(t)) return
  await python('environment/bin/kubernetes-validate', '--strict', 'eshop.yaml')
})

test('every service is deployed as it is started here, and can be reached where it takes requests', async t => {
  if (!canRun(t)) return
  const all = await manifests()
  const named = (kind: string) => all.filter(manifest => manifest.kind === kind)
  assert.deepEqual(
    named('Deployment').map(({ metadata, spec }) => [
      metadata.name,
      spec?.template?.spec.containers[0]?.args.map(arg =>
        arg.replace(/^(\.\/)?examples\//, `${root}examples/`),
      ),
    ]),
    serviceNames.map(name => [name, argumentsOf(name, 'otlp')]),
  )
  const deployed = new Map(named('Deployment').map(({ metadata, spec }) => [metadata.name, spec?.template]))
  assert.deepEqual(
    named('Service').map(({ metadata }) => metadata.name),
    serviceNames.filter(name => name !== 'kafka-consumer'),
  )
  for (const { metadata, spec } of named('Service'))
    assert.equal(deployed.get(metadata.name)?.metadata.labels['app'], spec?.selector['app'])
})
