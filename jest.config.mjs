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
    // The lake's Flink job, on a Kafka and a Postgres of its own.
    {
      ...base,
      displayName: 'flink',
      testMatch: ['<rootDir>/packages/*/test/**/*.flink.test.ts'],
    },
    // Real clients, installed by the lab alone (tools/src/lab).
    { ...base, displayName: 'lab', testMatch: ['<rootDir>/e2e/clients/**/*.lab.test.ts'] },
    // On the gateway or cluster that the lane starts: files of both modes, and in the distributed one `x.distributed.e2e.test.ts` too.
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.e2e.test.ts'],
      testPathIgnorePatterns: [
        ...base.testPathIgnorePatterns,
        String.raw`\.embedded\.e2e\.test\.ts$`,
        ...(process.env.MODE === 'distributed' ? [] : [String.raw`\.distributed\.e2e\.test\.ts$`]),
      ],
    },
    // Each file starts the embedded gateways that it needs, with settings of its own.
    {
      ...base,
      displayName: 'e2e-own',
      testMatch: ['<rootDir>/e2e/**/*.embedded.e2e.test.ts'],
    },
  ],
}
