// The tests of streams start an Apache Kafka broker of their own: Java, and jars from Maven Central, which
// Maven fetches.
import {
  fetchKafka,
  hasJava,
  hasMaven,
  kafkaObstacle,
} from '../../packages/streams/test/support/kafka-programs.mjs';
import { prepareProgram, thisMachine } from './debian-package.mjs';

const here = { ...thisMachine, hasJava, hasMaven, fetchKafka, obstacle: kafkaObstacle };

/**
 * Sees to it that tests find a Kafka broker to start.
 *
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine?: typeof here,
 * }} options
 * @returns {boolean} whether they find one
 */
export const prepareKafka = ({ machine = here, ...options }) => {
  if (machine.obstacle() === undefined) return true;
  const mayInstall = (options.environment ?? process.env)['Q_ANCHOR_INSTALL'] !== 'no';
  const fetched = (product, packageName, isThere) =>
    prepareProgram(
      {
        product,
        purpose: 'tests start a broker with',
        packageName,
        otherwise: 'one in the path',
      },
      {
        ...options,
        machine: { ...machine, obstacle: () => (isThere() ? undefined : 'it was not found') },
      },
    );
  if (
    fetched('Kafka (its Java)', 'openjdk-17-jre-headless', machine.hasJava) &&
    fetched('Kafka (its Maven)', 'maven', machine.hasMaven) &&
    mayInstall
  ) {
    options.say('fetching the jars of Apache Kafka, which tests start a broker of');
    machine.fetchKafka();
  }
  const obstacle = machine.obstacle();
  if (obstacle !== undefined)
    options.say(`The tests with a Kafka broker will be SKIPPED: ${obstacle}`);
  return obstacle === undefined;
};
