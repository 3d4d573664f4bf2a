/** Events as the producers write them. */

const at = Date.UTC(2026, 0, 5, 12)

export interface Numbered {
  readonly key: string
  readonly value: string
}

const asMessage = (key: string, payload: object): Numbered => ({
  key,
  value: JSON.stringify(payload),
})

export function turn(
  i: number,
  { user = `user-${String(i % 7)}`, content = `text ${String(i)}` } = {},
): Numbered {
  return asMessage(`acme/${user}`, {
    id: `request-${String(i)}:0`,
    tenant_id: 'acme',
    user_id: user,
    session_id: `session-${String(i % 3)}`,
    request_id: `request-${String(i)}`,
    turn: 0,
    role: 'user',
    content,
    metadata: { model: 'm', channel: 'http', attachments: [], tool_calls: [] },
    occurred_at: at + i,
    schema_version: 1,
  })
}

export function bill(i: number, more: object = {}): Numbered {
  const id = `request-${String(i)}`
  return asMessage(id, {
    request_id: id,
    tenant_id: 'acme',
    project_id: 'p',
    key_id: 'k',
    user_id: `user-${String(i % 7)}`,
    channel: 'http',
    operation: 'chat',
    requested_model: 'm',
    model: 'm',
    provider: 'demo',
    state: 'completed',
    error_code: null,
    input_tokens: i,
    output_tokens: 2,
    cached_input_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
    amount_nano_usd: 9_007_199_254_740_000,
    stream: true,
    accepted_at: at + i,
    finished_at: at + i + 5,
    first_part_ms: 3,
    calls: [{ provider: 'demo', cost_nano_usd: 1 }],
    price: null,
    ...more,
  })
}

export function decision(i: number): Numbered {
  const id = `request-${String(i)}`
  return asMessage(id, {
    request_id: id,
    tenant_id: 'acme',
    project_id: 'p',
    key_id: 'k',
    user_id: null,
    requested_model: 'm',
    reason: { code: 'only_target', detail: 'the only one' },
    targets: [{ provider: 'demo', model: 'm' }],
    skipped: [],
    provider: 'demo',
    model: 'm',
    attempts: 1,
    occurred_at: at + i,
    schema_version: 1,
  })
}

export function checkpoint(i: number): Numbered {
  return asMessage(`acme/session-${String(i)}`, {
    id: `session-${String(i)}:0`,
    tenant_id: 'acme',
    user_id: 'user-1',
    session_id: `session-${String(i)}`,
    sequence: 0,
    kind: 'response',
    state: '{"b":1,"a":2}',
    occurred_at: at + i,
    schema_version: 1,
  })
}
