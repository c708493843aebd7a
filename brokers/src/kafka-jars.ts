import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheFolder, withLock } from './cache.ts'
import { BrokerUnavailable } from './errors.ts'

/** The Kafka that is run locally and in Docker. */
export const kafkaVersion = '4.1.1'

// slf4j-simple belongs to slf4j 1.7, which Kafka 4.1 depends on: without a binding the broker logs nothing.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>waybill</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`

/**
 * The folder with Kafka's jars, downloaded from Maven Central on first use (46 jars, 43 MB).
 * Throws BrokerUnavailable when Maven is missing or cannot download.
 */
export async function kafkaJars(onProgress: (line: string) => void): Promise<string> {
  const cache = cacheFolder()
  const jars = join(cache, `kafka-${kafkaVersion}`)
  if (await exists(jars)) return jars
  return withLock(`${jars}.lock`, async () => {
    if (!(await exists(jars))) await download(cache, jars, onProgress)
    return jars
  })
}

async function download(cache: string, jars: string, onProgress: (line: string) => void): Promise<void> {
  await mkdir(cache, { recursive: true })
  // Downloaded beside and renamed, so that a folder of this name is always complete.
  const work = await mkdtemp(join(cache, 'kafka-download-'))
  try {
    await writeFile(join(work, 'pom.xml'), pom)
    onProgress(`Downloading Kafka ${kafkaVersion} from Maven Central (43 MB, once)`)
    await runMaven(work, onProgress)
    await rename(join(work, 'jars'), jars)
    onProgress(`Kafka ${kafkaVersion} is in ${jars}`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function runMaven(folder: string, onProgress: (line: string) => void): Promise<void> {
  const args = ['-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars']
  const maven = spawn('mvn', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  const problems: string[] = []
  let downloaded = 0
  createInterface({ input: maven.stdout }).on('line', line => {
    if (line.includes('[ERROR]')) problems.push(line.replace(/^.*\[ERROR\]\s*/, ''))
    if (/Downloaded from .*\.jar/.test(line) && ++downloaded % 20 === 0) onProgress(`… ${downloaded} files`)
  })
  const [code] = await once(maven, 'close').catch(() => {
    throw new BrokerUnavailable(`Kafka needs Maven to download it, or Docker: ${installJava()}`)
  })
  if (code !== 0) {
    throw new BrokerUnavailable(`Maven could not download Kafka: ${problems[0] ?? `exit code ${code}`}`)
  }
}

/** The command that installs Java and Maven on this system. */
export function installJava(): string {
  return process.platform === 'darwin'
    ? 'brew install openjdk@17 maven'
    : 'apt-get install -y openjdk-17-jre-headless maven'
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
