import type { Workshop } from './workshop.ts'

const npm = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']

export const js: Workshop = {
  name: 'js',
  setUp: [npm],
  run: client => [process.execPath, client],
}

export const python: Workshop = {
  name: 'python',
  setUp: [
    ['python3', '-m', 'venv', 'environment'],
    [
      'environment/bin/pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      'requirements.txt',
    ],
  ],
  run: client => ['environment/bin/python', '-B', client],
}

export const go: Workshop = {
  name: 'go',
  setUp: [['go', 'build', '-o', 'bin/', './...']],
  run: client => [`./bin/${client}`],
}

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
export const collector: Workshop = { name: 'collector', setUp: [goBuild], run: name => [`bin/${name}`] }

/** The last one that had an exporter for Jaeger. */
export const collectorOfJaeger: Workshop = { ...collector, name: 'collector-jaeger' }
