import { defineConfig } from 'vite';

/** The console, into what tsup has built; paths are relative, so that a proxy may serve it anywhere. */
export default defineConfig({
  root: 'console',
  base: './',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    // Pictures within scripts would be what the page's policy refuses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
