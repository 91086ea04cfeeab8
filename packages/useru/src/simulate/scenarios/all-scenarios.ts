import { engagementScenarios } from './engagement.js';
import { marketingScenarios } from './marketing.js';
import { riskScenarios } from './risk.js';
import type { SimulatedScenario } from './simulated-scenario.js';

/** The paper's ten business questions by name and domain; what each asks for is ours. */
export const simulatedScenarios: readonly SimulatedScenario[] = [
  ...engagementScenarios,
  ...riskScenarios,
  ...marketingScenarios,
];

/** Names of the simulated scenarios, as `q-anchor simulate` gives them to a dataset. */
export const simulatedScenarioNames: readonly string[] = simulatedScenarios.map(({ name }) => name);
