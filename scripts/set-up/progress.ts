/**
 * Runs one step of a set-up and says so: what has begun, that it goes on every ten seconds, that it is done
 * and how long it took. A step done within half a second is not worth a line.
 */
export async function step<Result>(
  name: string,
  task: (say: (line: string) => void) => Promise<Result>,
  print: (line: string) => void = line => console.log(line),
): Promise<Result> {
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
  let isAnnounced = false
  const announce = (): void => {
    if (!isAnnounced) print(`… ${name}`)
    isAnnounced = true
  }
  const soon = setTimeout(announce, 500)
  const again = setInterval(() => print(`… ${name}: ${seconds()}`), 10_000)
  const say = (line: string): void => {
    announce()
    print(`  ${line}`)
  }
  try {
    const result = await task(say)
    if (isAnnounced) print(`✓ ${name} (${seconds()})`)
    return result
  } finally {
    clearTimeout(soon)
    clearInterval(again)
  }
}
