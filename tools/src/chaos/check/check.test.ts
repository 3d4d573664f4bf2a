import { describe, expect, test } from '@jest/globals'
import type { HistoryRecord, RecordOf } from '../history.ts'
import { check } from './check.ts'
import type { CustomerRow, Evidence } from './evidence.ts'
import { formatReport } from './report.ts'

const id = '01a1ff00-0000-7000-8000-000000000001'
const call = 'call-1'
const other = '01a1ff00-0000-7000-8000-000000000002'
const t = 1_000_000

const asked: RecordOf<'asked'> = {
  event: 'asked',
  t,
  call,
  attempt: 1,
  kind: 'resume',
  api: 'http://127.0.0.1:1',
  stream: true,
  words: 3,
  attach: 'none',
}
const answered: RecordOf<'answered'> = {
  event: 'answered',
  t: t + 10,
  call,
  attempt: 1,
  status: 200,
  request_id: id,
  code: null,
  took_ms: 10,
}
/** The whole log: its opening, three words, the finish reason and the end in one entry. */
const events: [string, string][] = [
  ['7-1', ''],
  ['7-2', 'call-1.0'],
  ['7-3', 'call-1.1'],
  ['7-4', 'call-1.2'],
  ['7-5.0', ''],
  ['7-5.1', ''],
]
const viewed: RecordOf<'viewed'> = {
  event: 'viewed',
  t: t + 500,
  started_at: t,
  call,
  request_id: id,
  via: 'call',
  after: null,
  first_ms: 20,
  events,
  end: 'terminal',
  terminal: 'completed',
}
const cut: RecordOf<'viewed'> = {
  ...viewed,
  events: events.slice(0, 2),
  end: 'broken',
  terminal: null,
  t: t + 100,
}
const resumed: RecordOf<'viewed'> = {
  ...viewed,
  via: 'resume',
  after: '7-2',
  events: events.slice(2),
  started_at: t + 200,
}
const replayed: RecordOf<'viewed'> = {
  ...viewed,
  via: 'replay',
  started_at: t + 900,
  t: t + 1_000,
}
const described: RecordOf<'described'> = {
  event: 'described',
  t: t + 1_100,
  call,
  request_id: id,
  status: 200,
  state: 'completed',
}
const killOfRedis: RecordOf<'fault'> = {
  event: 'fault',
  t: t + 300,
  round: 1,
  hurried: false,
  what: 'kill',
  target: 'redis',
  detail: null,
}
const bill: CustomerRow = {
  request_id: id,
  tenant_id: 'chaos-own',
  state: 'completed',
  error_code: null,
  input_tokens: 5,
  output_tokens: 3,
  cached_input_tokens: 0,
  amount_nano_usd: 5 * 150 + 3 * 600,
  estimated: false,
  accepted_at: t,
  finished_at: t + 500,
}
const providerCall = {
  time: '',
  path: '/v1/chat/completions',
  request_id: id,
  status: 200,
  tokens: 3,
  text: 'call-1.0 call-1.1 call-1.2',
  outcome: 'completed',
}
const providerRow = {
  request_id: id,
  attempt: 1,
  state: 'completed',
  output_tokens: 3,
  cost_nano_usd: 1,
  estimated: false,
}
const usageEvent = {
  event_id: id,
  value: { request_id: id, amount_nano_usd: bill.amount_nano_usd, state: 'completed' },
}

function refused(
  probe: RecordOf<'refused'>['probe'],
  status: number,
  code: string | null = null,
): RecordOf<'refused'> {
  return { event: 'refused', t, request_id: id, probe, status, code }
}

/** A run in which one call went well, with what differs. */
function run(history: readonly HistoryRecord[], differs: Partial<Evidence> = {}): Evidence {
  return {
    history: [
      { event: 'setup', t, deadline_ms: 10_000, price: { input: 150, output: 600 } },
      asked,
      answered,
      ...history,
    ],
    providerCalls: [providerCall],
    customerLedger: [bill],
    providerLedger: [providerRow],
    usageEvents: [usageEvent],
    uncaught: [],
    ...differs,
  }
}

/** `I4 gap`, for each violation. */
function violated(evidence: Evidence): string[] {
  return check(evidence).map(({ invariant, harm }) => `${invariant} ${harm}`)
}

const withEvents = (changed: RecordOf<'viewed'>['events']) => run([{ ...viewed, events: changed }])

describe('a run in which everything held', () => {
  test('has no violation: whole, cut and resumed, read again, refused to others', () => {
    const history = [
      cut,
      resumed,
      replayed,
      described,
      refused('foreign', 404),
      refused('garbage', 400),
      refused('future', 409),
      refused('foreign', 503),
    ]
    expect(check(run(history))).toEqual([])
  })

  test('a second try after an adapter died with nothing published has an epoch of its own', () => {
    const again: [string, string][] = events.map(([event, text]) => [
      event.replace('7-', '9-'),
      text,
    ])
    const unconfirmed = { ...providerRow, state: 'unconfirmed' }
    const evidence = run([{ ...viewed, events: again }], {
      providerCalls: [{ ...providerCall, outcome: 'aborted', tokens: 0 }, providerCall],
      providerLedger: [unconfirmed, { ...providerRow, attempt: 2 }],
    })
    expect(check(evidence)).toEqual([])
  })

  test('a row without a call is allowed as unconfirmed', () => {
    const rows = [providerRow, { ...providerRow, attempt: 2, state: 'unconfirmed' }]
    expect(check(run([viewed], { providerLedger: rows }))).toEqual([])
  })

  test('the figures tell what there was', () => {
    const report = formatReport(run([viewed, killOfRedis]), [])
    expect(report).toMatch(/requests +1\n/)
    expect(report).toMatch(/kills +1\n/)
    expect(report).toMatch(/deltas +3\n/)
  })
})

describe('I1: exactly one end', () => {
  test('a clean end without a terminal event', () => {
    expect(violated(run([{ ...cut, end: 'clean' }]))).toEqual(['I1 lost'])
  })
  test('two readers saw different ends', () => {
    const failed = { ...replayed, terminal: 'upstream_lost' }
    expect(violated(run([viewed, failed]))).toContain('I1 other')
  })
  test('the ledger knows another end', () => {
    const row = { ...bill, state: 'failed' }
    const event = { ...usageEvent, value: { ...usageEvent.value, state: 'failed' } }
    expect(violated(run([viewed], { customerLedger: [row], usageEvents: [event] }))).toEqual([
      'I1 other',
    ])
  })
  test('it goes on after its log ended', () => {
    expect(violated(run([viewed, { ...described, state: 'running' }]))).toEqual(['I1 other'])
  })
})

describe('I2: the log has no gap', () => {
  test('an entry is missing', () => {
    const gap = events.filter(([event]) => event !== '7-3')
    expect(violated(withEvents(gap))).toEqual(['I2 gap', 'I4 gap'])
  })
  test('an entry comes again', () => {
    expect(violated(withEvents([...events.slice(0, 3), ...events.slice(2)]))).toContain(
      'I2 duplicate',
    )
  })
  test('what was shown is gone, though no store was killed', () => {
    const shorter = {
      ...replayed,
      events: [events[0], events[1], ['7-3', '']] as [string, string][],
      terminal: 'upstream_lost',
    }
    const failed = {
      customerLedger: [{ ...bill, state: 'failed' }],
      usageEvents: [{ ...usageEvent, value: { ...usageEvent.value, state: 'failed' } }],
    }
    const seen = { ...cut, events: events.slice(0, 4) }
    expect(violated(run([seen, shorter], failed))).toContain('I2 gap')
    expect(
      violated(
        run(
          [
            seen,
            killOfRedis,
            { ...shorter, events: [events[0] ?? ['', ''], events[1] ?? ['', ''], ['9-1', '']] },
          ],
          failed,
        ),
      ),
    ).toEqual([])
  })
})

describe('I3: a reader gets what lies behind its cursor', () => {
  test('one entry too early', () => {
    expect(violated(run([cut, { ...resumed, events: events.slice(1) }]))).toEqual([
      'I3 duplicate',
      'I3 duplicate',
    ])
  })
  test('one entry too late', () => {
    expect(violated(run([cut, { ...resumed, events: events.slice(3) }]))).toEqual([
      'I3 gap',
      'I4 gap',
    ])
  })
  test('a cursor that no log has is answered with data', () => {
    expect(violated(run([viewed, refused('future', 200)]))).toEqual(['I3 other'])
    expect(violated(run([viewed, refused('garbage', 500)]))).toEqual([])
  })
})

describe('I4: the text is the provider’s', () => {
  test('a word is missing though the ids are whole', () => {
    const lost: [string, string][] = events.map(([event, text]) => [
      event,
      event === '7-3' ? '' : text,
    ])
    expect(violated(withEvents(lost))).toEqual(['I4 gap'])
  })
  test('a completed answer lacks its last word', () => {
    const short: [string, string][] = [...events.slice(0, 3), ['7-4', ''], ...events.slice(4)]
    expect(violated(withEvents(short))).toEqual(['I4 gap'])
  })
  test('one place has two texts', () => {
    const changed: [string, string][] = events.map(([event, text]) => [
      event,
      event === '7-5.0' ? 'call-1.3' : text,
    ])
    expect(violated(run([cut, { ...replayed, events: changed }, viewed]))).toContain('I4 mix')
  })
})

describe('I5: one bill, by its tokens', () => {
  const nothing = { customerLedger: [], usageEvents: [], providerLedger: [providerRow] }
  test('none', () => {
    expect(violated(run([viewed], nothing))).toEqual(['I5 missing bill'])
  })
  test('another amount than its tokens are worth', () => {
    const dear = { ...bill, amount_nano_usd: bill.amount_nano_usd + 1 }
    const event = {
      ...usageEvent,
      value: { ...usageEvent.value, amount_nano_usd: dear.amount_nano_usd },
    }
    expect(violated(run([viewed], { customerLedger: [dear], usageEvents: [event] }))).toEqual([
      'I5 other',
    ])
  })
  test('other tokens than the provider counted', () => {
    const calls = [{ ...providerCall, tokens: 4 }]
    expect(violated(run([viewed], { providerCalls: calls }))).toEqual(['I5 other', 'I6 other'])
  })
  test.each(['idempotency', 'retry'] as const)('two answers for one call with %s', (attach) => {
    const twice = {
      customerLedger: [bill, { ...bill, request_id: other }],
      providerCalls: [providerCall, { ...providerCall, request_id: other }],
      providerLedger: [providerRow, { ...providerRow, request_id: other }],
      usageEvents: [
        usageEvent,
        { event_id: other, value: { ...usageEvent.value, request_id: other } },
      ],
    }
    const evidence = run([viewed, { ...answered, attempt: 2, request_id: other }], twice)
    const history = evidence.history.map((record) =>
      record.event === 'asked' ? { ...record, attach } : record,
    )
    expect(violated({ ...evidence, history })).toEqual(['I5 double bill'])
    expect(violated(evidence)).toEqual([])
  })
})

describe('I6: one row per call the provider saw', () => {
  test('a call without a row', () => {
    expect(violated(run([viewed], { providerLedger: [] }))).toEqual(['I6 other'])
  })
  test('a row without a call', () => {
    const rows = [providerRow, { ...providerRow, attempt: 2, state: 'failed' }]
    expect(violated(run([viewed], { providerLedger: rows }))).toEqual(['I6 other'])
  })
  test('other tokens than the call had', () => {
    const rows = [{ ...providerRow, output_tokens: 2 }]
    expect(violated(run([viewed], { providerLedger: rows }))).toEqual(['I6 other'])
  })
})

test('I7: an older epoch after a newer one', () => {
  const zombie: [string, string][] = [
    ...events.slice(0, 3),
    ['6-4', 'call-1.2'],
    ...events.slice(4),
  ]
  expect(violated(withEvents(zombie))).toContain('I7 other')
})

describe('I8: nothing crosses tenants', () => {
  test('a word of another call', () => {
    const foreign: [string, string][] = events.map(([event, text]) => [
      event,
      text.replace('call-1.1', 'call-2.1'),
    ])
    expect(violated(withEvents(foreign))).toEqual(['I8 mix'])
  })
  test('another tenant is answered, or told that it exists', () => {
    expect(violated(run([viewed, refused('foreign', 200)]))).toEqual(['I8 mix'])
    expect(violated(run([viewed, refused('foreign', 403)]))).toEqual(['I8 mix'])
  })
})

test('I9: an end after the deadline', () => {
  const late = { ...bill, finished_at: t + 20_000 }
  expect(violated(run([viewed], { customerLedger: [late] }))).toEqual(['I9 other'])
})

describe('I10: one event per bill', () => {
  test('none', () => {
    expect(violated(run([viewed], { usageEvents: [] }))).toEqual(['I10 other'])
  })
  test('one without a bill, or with another amount; the same twice is allowed', () => {
    const stray = { event_id: other, value: { ...usageEvent.value, request_id: other } }
    expect(violated(run([viewed], { usageEvents: [usageEvent, stray] }))).toEqual(['I10 other'])
    const changed = { ...usageEvent, value: { ...usageEvent.value, amount_nano_usd: 1 } }
    expect(violated(run([viewed], { usageEvents: [changed] }))).toEqual(['I10 other'])
    expect(violated(run([viewed], { usageEvents: [usageEvent, usageEvent] }))).toEqual([])
  })
})

test('I11: an accepted call is not there any more', () => {
  expect(violated(run([viewed, refused('own', 404, 'resource_not_found')]))).toEqual(['I11 lost'])
  expect(violated(run([viewed, { ...described, status: 404, state: null }]))).toEqual(['I11 lost'])
  expect(violated(run([viewed, refused('own', 409, 'log_reset')]))).toEqual([])
})

test('I11: a log in which nothing was published is answered with the error that it ended with', () => {
  const failed = { customerLedger: [{ ...bill, error_code: 'upstream_error' }] }
  expect(violated(run([refused('own', 502, 'upstream_error')], failed))).not.toContain('I11 lost')
  expect(violated(run([refused('own', 499, 'generation_cancelled')], failed))).toContain('I11 lost')
})

test('I12: a refused call left a bill', () => {
  const refusal = { ...answered, status: 503, code: 'server_is_overloaded' }
  expect(violated(run([refusal]))).toContain('I12 other')
})

test('I13: a process outgrew its bound', () => {
  const memory = { event: 'memory', t, process: 'router', pid: 7, rss_mb: 700 } as const
  expect(violated(run([viewed, memory]))).toEqual(['I13 other'])
  expect(violated(run([viewed, { ...memory, process: 'kafka' }]))).toEqual([])
})

test('I14: an exception that nobody caught', () => {
  const uncaught = [{ file: 'router-0.log', line: 'Error: …' }]
  expect(violated(run([viewed], { uncaught }))).toEqual(['I14 other'])
})

describe('R8: a rolling restart is not noticed', () => {
  const stop = { ...killOfRedis, what: 'stop', target: 'router' } as const
  const failed = { event: 'ended', t, call, kind: 'plain', outcome: 'failed' } as const

  test('a call fails for good', () => {
    expect(violated(run([viewed, stop, failed]))).toEqual(['R8 lost'])
    expect(violated(run([viewed, stop, killOfRedis, failed]))).toEqual([])
  })
  test('an answer is cut', () => {
    expect(violated(run([cut, resumed, stop]))).toEqual(['R8 lost'])
  })
})

describe('FM32: Kafka that is away is not noticed', () => {
  const away = { ...killOfRedis, target: 'kafka' } as const
  const shut = { ...away, what: 'toxic', target: 'all kafka' } as const
  const failed = { event: 'ended', t, call, kind: 'plain', outcome: 'failed' } as const
  const drained = { event: 'drained', t, waiting: 7, took_ms: 900 } as const

  test('a call fails for good', () => {
    expect(violated(run([viewed, away, shut, failed]))).toEqual(['R8 lost'])
  })
  test('what waited for it is not there in time', () => {
    expect(violated(run([viewed, away, drained]))).toEqual([])
    expect(violated(run([viewed, away, { ...drained, took_ms: null }]))).toEqual(['I10 other'])
  })
})

test('FM49: a call fails while the configuration changes', () => {
  const change = { ...killOfRedis, what: 'toxic', target: 'configuration' } as const
  const changes = [change, { ...change, what: 'heal', t: t + 900 } as const]
  const refusal = { ...answered, t: t + 600, attempt: 2, status: 401, request_id: null }
  expect(violated(run([viewed, ...changes, refusal]))).toEqual(['R8 lost'])
  expect(violated(run([viewed, ...changes, { ...refusal, t: t + 1_000 }]))).toEqual([])
})
