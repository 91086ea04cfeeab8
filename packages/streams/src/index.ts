export type { StreamEvent } from './stream-event.js';
