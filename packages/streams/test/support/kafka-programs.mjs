// Where Apache Kafka's server is, for the tests and for what prepares a machine for them: its jars from
// Maven Central, run by Java.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kafkaVersion = '3.9.1';

/** Below the workspace's `node_modules`, which is out of version control. */
export const kafkaJars = join(
  fileURLToPath(new URL('../../../../node_modules/.cache/q-anchor', import.meta.url)),
  `kafka-${kafkaVersion}`,
);

const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Whether there is a Java of 17 or newer. */
export function hasJava() {
  const { stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return status === 0 && Number(/version "(\d+)/u.exec(stderr)?.[1]) >= 17;
}

/** Whether Maven is there, which fetches jars. */
export const hasMaven = () => works('mvn', ['-v']);

/** Why no server can be started here; nothing where one can. */
export function kafkaObstacle() {
  if (!existsSync(kafkaJars)) return 'the jars of Apache Kafka were not fetched';
  return hasJava() ? undefined : 'no Java of 17 or newer was found';
}

/** Fetches the jars, all or none; whether they are there. */
export function fetchKafka() {
  mkdirSync(join(kafkaJars, '..'), { recursive: true });
  const folder = mkdtempSync(`${kafkaJars}.`);
  try {
    const project = join(folder, 'pom.xml');
    writeFileSync(
      project,
      `<project xmlns="http://maven.apache.org/POM/4.0.0">
         <modelVersion>4.0.0</modelVersion>
         <groupId>q-anchor</groupId><artifactId>kafka</artifactId><version>1</version>
         <packaging>pom</packaging>
         <dependencies><dependency>
           <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
           <version>${kafkaVersion}</version>
         </dependency></dependencies>
       </project>`,
    );
    const fetched = spawnSync(
      'mvn',
      [
        '-q',
        '-B',
        '-f',
        project,
        'dependency:copy-dependencies',
        '-DoutputDirectory=jars',
        '-DincludeScope=runtime',
      ],
      { stdio: ['ignore', 2, 2], timeout: 300_000 },
    );
    const jars = join(folder, 'jars');
    const isWhole = fetched.status === 0 && existsSync(jars) && readdirSync(jars).length > 20;
    if (isWhole && !existsSync(kafkaJars)) renameSync(jars, kafkaJars);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return existsSync(kafkaJars);
}
