import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { BrokerUnavailable } from './errors.ts'
import type { GuardedProcess } from './guarded-process.ts'
import { runGuarded } from './guarded-process.ts'

const run = promisify(execFile)

/** Whether a Docker engine answers; the client alone, without an engine, does not count. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 3_000 }).then(
    ({ stdout }) => /^\d/.test(stdout.trim()),
    () => false,
  )
}

/** Downloads the image unless the engine has it. Throws BrokerUnavailable when it cannot be had. */
export async function pullImage(image: string, onProgress: (line: string) => void): Promise<void> {
  const isPresent = await run('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  )
  if (isPresent) return
  onProgress(`Downloading the Docker image ${image} (once)`)
  await run('docker', ['pull', '--quiet', image]).catch((error: { stderr?: string; message: string }) => {
    throw new BrokerUnavailable(`Docker cannot pull ${image}: ${(error.stderr ?? error.message).trim()}`)
  })
}

/** A container that runs in the foreground of its client, removed when it ends or when we die. */
export function runContainer(container: {
  readonly name: string
  readonly image: string
  /** Each is the same in the container and on 127.0.0.1. */
  readonly ports: readonly number[]
  readonly env: Readonly<Record<string, string>>
}): GuardedProcess {
  const ports = container.ports.flatMap(port => ['-p', `127.0.0.1:${port}:${port}`])
  const env = Object.entries(container.env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  return runGuarded({
    command: 'docker',
    // The client passes SIGTERM on to the container (--sig-proxy is on by default).
    args: ['run', '--rm', '--name', container.name, ...ports, ...env, container.image],
    afterOrphaned: `docker rm --force ${container.name}`,
    graceMs: 10_000,
  })
}

/** Removes the container whatever its state; no container of the name is no error. */
export async function removeContainer(name: string): Promise<void> {
  await run('docker', ['rm', '--force', name]).catch(() => undefined)
}
