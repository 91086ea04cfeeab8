const usage = `Usage: pnpm recipe oulad --data DIR [--out DIR] [--json]

Runs a recipe on real data: import, pairs, pre-training, embedding, evaluation.
`;

process.stderr.write(usage);
process.exitCode = 2;
