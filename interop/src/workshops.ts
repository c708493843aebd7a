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
