// The exports that chaos.mjs uses after bundling, and that e2e/chaos.spec.ts imports directly.
export { type BrowserName, browsers } from './browser_life.ts';
export { regressions } from './regressions.ts';
export { heads, nameOf, notesOf, rowsOf, shortTable, verdictOf } from './report.ts';
export { type Outcome, runScenario, type ScenarioSettings } from './run_scenario.ts';
export { type Host, hosts, runsIn, scenarioOf, scenarios } from './scenarios.ts';
