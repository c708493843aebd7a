import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { goProgram, pythonPrograms } from '@waybill/brokers'

const npm = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']

/** The folder of clients beside src/. */
function folder(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url))
}

export const js: Workshop = {
  name: 'js',
  source: folder('js'),
  setUp: [npm],
  run: client => [process.execPath, client],
}

export const python: Workshop = pythonPrograms('python', folder('python'))

export const go: Workshop = goProgram('go', folder('go'))

const jars = [
  'mvn',
  '-B',
  '-q',
  'dependency:copy-dependencies',
  '-DincludeScope=runtime',
  '-DoutputDirectory=jars',
]
const javac = ['javac', '-nowarn', '-encoding', 'UTF-8', '-d']

/** Jaeger's exporter needs an SDK of its time, and so jars of its own. */
export const java: Workshop = {
  name: 'java',
  source: folder('java'),
  setUp: [
    jars,
    [...jars, '-f', 'jaeger/pom.xml'],
    [...javac, 'classes', '-cp', 'jars/*', 'OtlpClient.java', 'BraveClient.java', 'OpenTelemetryStory.java'],
    [...javac, 'jaeger/classes', '-cp', 'jaeger/jars/*', 'JaegerClient.java', 'OpenTelemetryStory.java'],
  ],
  run: client => {
    const classes = client === 'JaegerClient' ? 'jaeger/classes:jaeger/jars/*' : 'classes:jars/*'
    return ['java', '-cp', classes, client]
  },
}

const goBuild = ['go', 'build', '-o', 'bin/collector', '.']

/** A Collector of today; its builder makes such a program, too. */
export const collector: Workshop = {
  name: 'collector',
  source: folder('collector'),
  setUp: [goBuild],
  run: name => [`bin/${name}`],
}

/** The last one that had an exporter for Jaeger. */
export const collectorOfJaeger: Workshop = {
  ...collector,
  name: 'collector-jaeger',
  source: folder('collector-jaeger'),
}
