import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { kafkaJars } from './kafka-programs.mjs';

/** An Apache Kafka broker of a test's own, on loopback. */
export interface KafkaBroker extends AsyncDisposable {
  /** Its address. */
  readonly address: string;
  /** Kills it, and starts it again on the same data. */
  restart(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const classPath = ['-cp', join(kafkaJars, '*')];
/** Little memory, and no time for optimising what runs for seconds. */
const java = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...classPath];

/** Starts a broker in KRaft mode and waits until it answers. */
export async function startKafka(): Promise<KafkaBroker> {
  const folder = await temporaryFolder();
  const [port, controller] = [await freePort(), await freePort()];
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'auto.create.topics.enable': false,
  };
  const file = join(folder, 'server.properties');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', file];
  const formatted = spawnSync('java', [...java, ...format], { encoding: 'utf8', cwd: folder });
  if (formatted.status !== 0) throw new Error(`Kafka's storage: ${formatted.stderr}`);

  let broker: ChildProcess;
  let ended: Promise<unknown>;
  const start = async (): Promise<void> => {
    broker = spawn('java', [...java, 'kafka.Kafka', file], { cwd: folder, stdio: 'ignore' });
    ended = once(broker, 'exit');
    for (let attempt = 0; !(await accepts(port)); attempt++) {
      if (broker.exitCode !== null || attempt > 1200) throw new Error('Kafka did not start');
      await sleep(100);
    }
  };
  const kill = async (): Promise<void> => {
    broker.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    restart: async () => {
      await kill();
      await start();
    },
    [Symbol.asyncDispose]: kill,
  };
}
