import { defineCommand } from '../../tsup.config.base';

export default defineCommand({ main: 'src/main.ts', 'plane-worker': 'src/plane/thread.ts' });
