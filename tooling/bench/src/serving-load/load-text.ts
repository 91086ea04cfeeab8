import { machineLines, thisMachine } from '../measure/machine.js';
import type { LoadPhase, ServingLoadReport } from './run-serving-load.js';

const phaseText = (name: string, phase: LoadPhase): string => {
  const { seconds, statuses, perSecond, p50Ms, p95Ms, p99Ms } = phase;
  const answers = Object.entries(statuses).map(([status, count]) => `${count} of ${status}`);
  const times = [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1)).join(' / ');
  return (
    `${name.padEnd(9)}${perSecond.toFixed(0)} answers a second for ${seconds.toFixed(0)} s; ` +
    `p50 / p95 / p99 ${times} ms; ${answers.join(', ')}`
  );
};

/** A report for people. */
export function servingLoadText(report: ServingLoadReport): string {
  const { residentMB, growthMBPerMinute, cacheHitShare, overload } = report;
  const at = (share: number): string =>
    residentMB[Math.floor(share * (residentMB.length - 1))]?.toFixed(0) ?? 'unknown';
  return [
    ...machineLines(thisMachine()),
    phaseText('steady', report.steady),
    `         event loop late by ${report.eventLoopP99Ms.toFixed(1)} ms at p99, at most ${report.eventLoopMaxMs.toFixed(1)} ms`,
    `         resident ${at(0)}, ${at(0.5)}, ${at(1)} MB at start, middle, end; ${growthMBPerMinute.toFixed(1)} MB a minute over the second half`,
    `         ${(100 * cacheHitShare).toFixed(0)} % of prefixes found; ${report.queriesPerRun.toFixed(1)} queries a run`,
    phaseText('overload', overload),
    `         ${overload.withoutRetryAfter} of the 429 without Retry-After`,
    phaseText('recovery', report.recovery),
    `alone    ${report.alone.requestMs.toFixed(2)} ms a request on a cached prefix, of which ${report.alone.runMs.toFixed(2)} ms are the run of the engine`,
  ].join('\n');
}
