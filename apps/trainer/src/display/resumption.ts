import type { Resumption } from '@q-anchor/useru';

import type { Log } from './log.js';

/** Tells what becomes of work that an earlier run left unfinished. */
export const tellResumption =
  (log: Log, unit: string) =>
  (resumption: Resumption): void => {
    log.info(
      resumption.kind === 'resumed'
        ? `Going on with an unfinished run: ${resumption.done} of ${resumption.total} ${unit} are done`
        : `Starting over: an unfinished run differs in ${resumption.reason}`,
    );
  };
