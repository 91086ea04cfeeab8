// Where Chromium is, for the tests that open pages and for what prepares a machine for them.
import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program; none: not installed. */
export function chromiumProgram() {
  return places.find((path) => existsSync(path));
}

/** Why no page can be opened here; nothing where one can. */
export function chromiumObstacle() {
  return chromiumProgram() === undefined ? 'no chromium in /usr/bin' : undefined;
}
