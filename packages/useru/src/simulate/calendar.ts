/** The first day of a simulation on the dataset's axis: Monday, 6 January 2025. */
export const simulationStartDays = 20_094;

/** How long people live on after the reference. */
export const daysAfterReference = 35;

/** Whether a day of the simulation is a Saturday or Sunday. */
export const isWeekend = (day: number): boolean => day % 7 >= 5;

/** The day of the month, from 1, of a day of the simulation. */
export const dayOfMonth = (day: number): number =>
  new Date((simulationStartDays + day) * 86_400_000).getUTCDate();
