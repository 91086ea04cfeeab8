import { readFileSync } from 'node:fs';

/**
 * Largest resident size of this process so far, in MB. What `getrusage` says on Linux begins with
 * the size of the process that started it.
 */
export function largestMB(): number {
  if (process.platform !== 'linux') return (process.resourceUsage().maxRSS * 1024) / 1e6;
  const kilobytes = /^VmHWM:\s+(\d+)/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
