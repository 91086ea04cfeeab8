import { list } from './interest-action.js';
import { places } from './places.js';

/** What is brought home: every kitchen with every dish. */
export const takeoutDishes: readonly string[] = places.flatMap((place) =>
  list('pizza, noodles, sushi, burger, salad bowl, curry, dumplings, fried rice').map(
    (dish) => `${place} ${dish}`,
  ),
);
