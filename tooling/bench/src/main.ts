const usage = `Usage: pnpm bench train-step | prefix-query [--torch "COMMAND"] [--json]

Times our engine at fixed shapes, beside the PyTorch twins where --torch names a Python.
`;

process.stderr.write(usage);
process.exitCode = 2;
