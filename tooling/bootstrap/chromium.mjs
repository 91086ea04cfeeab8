// The tests of the report and of the console open them in Chromium, where it is installed.
import { chromiumObstacle } from '../../packages/core/test/support/chromium-program.mjs';
import { prepareProgram, thisMachine } from './debian-package.mjs';

const here = { ...thisMachine, obstacle: chromiumObstacle };

/**
 * Sees to it that tests find a browser to open pages in.
 *
 * @param {{
 *   say: (text: string) => void,
 *   environment?: Record<string, string | undefined>,
 *   machine?: typeof here,
 * }} options
 * @returns {boolean} whether they find one
 */
export const prepareChromium = ({ machine = here, ...options }) =>
  prepareProgram(
    {
      product: 'Chromium',
      purpose: 'tests open pages in',
      packageName: 'chromium',
      otherwise: 'Chromium or Chrome in /usr/bin',
    },
    { ...options, machine },
  );
