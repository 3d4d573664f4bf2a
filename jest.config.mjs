const otherMode = process.env.MODE === 'distributed' ? 'embedded' : 'distributed'

// One project per lane; `npm test` decides which lanes have what they need (tools/src/test.ts).
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@sluice/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
}

export default {
  rootDir: import.meta.dirname,
  testTimeout: 20_000,
  projects: [
    // Nothing but Node: memory adapters, pure functions, PGlite.
    {
      ...base,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{packages,services,apps}/*/src/**/*.test.ts',
        '<rootDir>/tools/src/**/*.test.ts',
      ],
      testPathIgnorePatterns: [...base.testPathIgnorePatterns, String.raw`\.sim\.test\.ts$`],
    },
    // The services on a virtual clock, thousands of times.
    {
      ...base,
      displayName: 'simulation',
      testMatch: ['<rootDir>/packages/*/src/**/*.sim.test.ts'],
    },
    // Adapters on real servers; each file names its server in its first line.
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/{packages,services,apps}/*/test/**/*.int.test.ts'],
    },
    // Real clients, installed by the lab alone (tools/src/lab).
    { ...base, displayName: 'lab', testMatch: ['<rootDir>/e2e/clients/**/*.lab.test.ts'] },
    // `x.embedded.e2e.test.ts` and `x.distributed.e2e.test.ts` belong to one mode, all other files to both.
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.e2e.test.ts'],
      testPathIgnorePatterns: [
        ...base.testPathIgnorePatterns,
        String.raw`\.${otherMode}\.e2e\.test\.ts$`,
      ],
    },
  ],
}
