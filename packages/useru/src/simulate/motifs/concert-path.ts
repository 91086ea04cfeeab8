import { between, hours } from '../draws.js';
import { nameStarts } from '../vocabulary/places.js';
import { stageNames } from '../vocabulary/stage-names.js';
import type { Motif } from './motif.js';

/**
 * A search, an app and a page about one band. Those who mean to go search first, open a ticket app
 * and end on the seat map, quicker from step to step; others fall for a banner on the page, play a
 * sample in the app and only then look up who that was.
 */
export const concertPath: Motif = ({ person, days, random, log }) => {
  const favourite = random.integer(stageNames.length);
  for (let day = 0; day < days; day++) {
    const { interests } = person.traitsOn(day);
    if (random.uniform() >= 0.045 + 0.3 * interests.music) continue;
    const band = stageNames[(favourite + random.integer(12)) % stageNames.length]!;
    const times = [day + hours(random, 9, 20)];
    times.push(times[0]! + between(random, 0.5, 1.2));
    times.push(times[1]! + between(random, 0.05, 0.4));
    if (!person.isOn('followsConcerts', day)) times.reverse();
    log.add('search', {
      timeDays: times[0]!,
      text: `${band} tour dates`,
      category: 'concert search',
    });
    log.add('app', {
      timeDays: times[1]!,
      text: `concert app ${random.pick(nameStarts)} Stage`,
      category: 'concert app',
    });
    log.add('spm', {
      timeDays: times[2]!,
      text: `concert page ${band} seats`,
      category: 'concert page',
    });
  }
};
