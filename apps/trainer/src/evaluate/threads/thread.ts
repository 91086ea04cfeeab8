// What runs in a thread that fits and scores rows: one task at a time.
export { solveRow as default } from '../rows/solve-row.js';
