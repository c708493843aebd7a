import type { Workshop } from './workshop.ts'

const environment = [
  ['python3', '-m', 'venv', 'environment'],
  [
    'environment/bin/pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    'requirements.txt',
  ],
] as const

/** Python programs with a `requirements.txt`, in a virtual environment; a program is the name of its file. */
export function pythonPrograms(name: string, source: string): Workshop {
  return {
    name,
    source,
    setUp: environment,
    run: program => ['environment/bin/python', '-B', '-u', program],
  }
}

/** Go programs of one module; a program is the last part of its package's path. */
export function goProgram(name: string, source: string): Workshop {
  return {
    name,
    source,
    setUp: [['go', 'build', '-o', 'bin/', './...']],
    run: program => [`./bin/${program}`],
  }
}
