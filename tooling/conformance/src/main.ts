const usage = `Usage: pnpm conformance [--goldens DIR]

Recomputes every golden in DIR (default: tooling/goldens) and prints name, largest
relative error, tolerance and verdict. Exit 1 if any misses.
`;

process.stderr.write(usage);
process.exitCode = 2;
