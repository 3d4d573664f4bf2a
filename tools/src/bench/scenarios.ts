import type { ClosedJob, Endpoint, Job } from './load/protocol.ts'

export interface Scenario {
  readonly name: ScenarioName
  /** In the quick run, measured in the first round only, or never. */
  readonly quick: 'every round' | 'once' | 'never'
  /** Whether the window is about CPU, and waits for work that follows the answers. */
  readonly countsCpu: boolean
  readonly job: (endpoint: Endpoint, quick: boolean) => Job
}

export type ScenarioName =
  | 'plain-c64'
  | 'plain-c1'
  | 'stream-c64'
  | 'first-part'
  | 'paced-c64'
  | 'open-500'
  | 'large-prompt'

const promptBytes = 512
const largePromptBytes = 256 * 1_024
const unbounded = 10_000_000

function closed(endpoint: Endpoint, job: Partial<ClosedJob>): ClosedJob {
  return {
    kind: 'closed',
    endpoint,
    connections: 64,
    promptBytes,
    warmUpMs: 0,
    measureMs: 0,
    maxRequests: unbounded,
    tokens: 0,
    intervalMs: 0,
    ...job,
  }
}

/** Every window is bounded in time; a stream in flight at its end is finished and counted. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'plain-c64',
    quick: 'every round',
    countsCpu: true,
    job: (endpoint, quick) =>
      closed(endpoint, { warmUpMs: quick ? 100 : 300, measureMs: quick ? 500 : 2_000 }),
  },
  {
    name: 'plain-c1',
    quick: 'every round',
    countsCpu: false,
    job: (endpoint, quick) =>
      closed(endpoint, { connections: 1, warmUpMs: 50, measureMs: quick ? 200 : 1_000 }),
  },
  {
    name: 'stream-c64',
    quick: 'every round',
    countsCpu: true,
    job: (endpoint, quick) =>
      closed(endpoint, {
        tokens: 64,
        warmUpMs: quick ? 100 : 300,
        measureMs: quick ? 500 : 2_000,
      }),
  },
  {
    name: 'first-part',
    quick: 'once',
    countsCpu: false,
    job: (endpoint, quick) =>
      closed(endpoint, {
        connections: 1,
        tokens: 4,
        intervalMs: 2,
        warmUpMs: 50,
        measureMs: quick ? 400 : 1_000,
      }),
  },
  {
    name: 'paced-c64',
    quick: 'once',
    countsCpu: true,
    job: (endpoint, quick) =>
      closed(endpoint, {
        tokens: quick ? 25 : 64,
        intervalMs: 20,
        warmUpMs: 1,
        measureMs: 1,
      }),
  },
  {
    name: 'open-500',
    quick: 'never',
    countsCpu: false,
    job: (endpoint) => ({
      ...closed(endpoint, { warmUpMs: 200, measureMs: 2_000 }),
      kind: 'open',
      requestsPerSecond: 500,
    }),
  },
  {
    name: 'large-prompt',
    quick: 'once',
    countsCpu: true,
    job: (endpoint, quick) =>
      closed(endpoint, {
        connections: 16,
        promptBytes: largePromptBytes,
        warmUpMs: 100,
        measureMs: quick ? 500 : 1_500,
      }),
  },
]

/**
 * Before the first round, so that no window measures a compiler that is still at work. Counted in requests, since that is what makes code hot;
 * bounded in time for set-ups that need very long for so many.
 */
export function warmUpJobs(endpoint: Endpoint, quick: boolean): readonly ClosedJob[] {
  const requests = quick ? 8_000 : 40_000
  const measureMs = quick ? 2_500 : 20_000
  return [
    closed(endpoint, { measureMs, maxRequests: requests }),
    closed(endpoint, { measureMs: measureMs / 2, maxRequests: requests / 40, tokens: 64 }),
    closed(endpoint, {
      measureMs: measureMs / 4,
      maxRequests: requests / 100,
      promptBytes: largePromptBytes,
      connections: 16,
    }),
  ]
}
