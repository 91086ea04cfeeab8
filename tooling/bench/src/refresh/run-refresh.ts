import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { median } from '../median.js';
import { writeDayDatasets } from './day-datasets.js';
import type { RefreshRequest, RefreshRow } from './refresh-arguments.js';
import { vectorDistance } from './vector-distance.js';

/** What one run of the command answers. */
interface RefreshAnswer {
  readonly users: number;
  readonly touched: number;
  readonly textsEncoded: number;
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** What is asked of everybody. */
const queries = ['', 'What is this user interested in?', 'Will this user order a meal?'];

/**
 * Refreshes vectors for a day's events of some users of a simulated world, beside computing all of them
 * anew, in turn; each in a process of its own, with an untrained model of the preset nano.
 *
 * @param request - users, shares, rounds
 * @param options - `qAnchor`: runs a command line of the trainer and answers with its output
 */
export async function runRefresh(
  request: RefreshRequest,
  options: {
    readonly qAnchor: (args: readonly string[]) => Promise<string>;
    readonly say: (text: string) => void;
    /** Further options of `pretrain`. */
    readonly model?: readonly string[];
  },
): Promise<readonly RefreshRow[]> {
  const { qAnchor, say, model = [] } = options;
  const folder = await mkdtemp(join(request.folder, 'q-anchor-bench-refresh-'));
  const [world, run] = [join(folder, 'world'), join(folder, 'run')];
  try {
    say(`simulating ${request.users} users`);
    const people = ['--users', `${request.users}`, '--days', '60', '--seed', '1'];
    await qAnchor(['simulate', ...people, '--out', world]);
    await qAnchor(['pairs', world, '--future', '1', '--uqa', '1']);
    await qAnchor(['pretrain', '--data', world, '--out', run, '--steps', '0', ...model]);
    const { day, base, deltas } = await writeDayDatasets(world, {
      folder,
      shares: request.shares,
    });
    const refresh = async (
      out: string,
      { at, delta }: { readonly at: number; readonly delta?: string },
    ): Promise<RefreshAnswer> => {
      const data = ['--data', base, ...(delta === undefined ? [] : ['--delta', delta])];
      const asked = queries.flatMap((query) => ['--query', query]);
      const where = ['--out', out, '--at', `${at}`];
      const answer = await qAnchor(['refresh', run, ...data, ...where, ...asked, '--json']);
      return JSON.parse(answer) as RefreshAnswer;
    };
    say('embedding all users as of the day before');
    const before = join(folder, 'before');
    await refresh(before, { at: day });
    const rows: RefreshRow[] = [];
    for (const [share, delta] of deltas) {
      const pairs: { readonly full: RefreshAnswer; readonly own: RefreshAnswer }[] = [];
      const [anew, refreshed] = [join(folder, 'anew'), join(folder, 'refreshed')];
      for (let round = 0; round < request.rounds; round++) {
        say(`${share} of the users, round ${round + 1}`);
        for (const out of [anew, refreshed]) await rm(out, { recursive: true, force: true });
        await cp(before, refreshed, { recursive: true });
        const once = { at: day + 1, delta };
        const inTurn = async (first: string, second: string) =>
          [await refresh(first, once), await refresh(second, once)] as const;
        // Every other round goes backwards: what comes first has no advantage.
        const [a, b] = await (round % 2 === 0 ? inTurn(anew, refreshed) : inTurn(refreshed, anew));
        pairs.push(round % 2 === 0 ? { full: a, own: b } : { full: b, own: a });
      }
      const { vectors, largest } = await vectorDistance(filesIn(anew), filesIn(refreshed));
      const { users, touched, textsEncoded } = pairs[0]!.own;
      const middle = (of: (pair: (typeof pairs)[number]) => number): number =>
        median(pairs.map(of));
      rows.push({
        share,
        users,
        touched,
        textsEncoded,
        seconds: middle(({ own }) => own.seconds),
        processorSeconds: middle(({ own }) => own.processorSeconds),
        fullSeconds: middle(({ full }) => full.seconds),
        fullProcessorSeconds: middle(({ full }) => full.processorSeconds),
        ratio: middle(({ own, full }) => own.seconds / full.seconds),
        processorRatio: middle(({ own, full }) => own.processorSeconds / full.processorSeconds),
        vectors,
        largestDistance: largest,
      });
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const filesIn = (out: string): string => join(out, 'vectors', 'part-*.parquet');
