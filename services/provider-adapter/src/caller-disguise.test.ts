import { describe, expect, test } from '@jest/globals'
import type { TenantId } from '@sluice/contracts/ids'
import type { WireName } from '@sluice/contracts/wire-name'
import type { KeyRing } from '@sluice/secret-box'
import { conversionBetween } from '@sluice/wire/translate'
import { callerFormatOf, formatOf } from './conversions.ts'
import { createCallerDisguise, disguiseHeaders } from './caller-disguise.ts'

const ring = (byte: number): KeyRing => ({
  currentId: 'k1',
  keys: new Map([['k1', Buffer.alloc(32, byte)]]),
})
const shared = { tenant: null }
const disguiseOf = (tenant: string, keys: KeyRing | null = ring(1)) =>
  createCallerDisguise(keys)({ tenantId: tenant as TenantId }, shared)

/** What a provider of a wire is told, beside a call of its dialect and beside one of another. */
function told(from: WireName, to: WireName, call: object, tenant: string) {
  const [caller, provider] = [callerFormatOf(from), formatOf(to)]
  if (!caller || !provider) throw new Error('not spoken here')
  const disguise = disguiseOf(tenant)
  const { body } = conversionBetween(caller, provider).encodeRequest(
    Buffer.from(JSON.stringify(call)),
    {
      upstreamModel: 'm-2',
      stream: false,
      maxTokens: null,
      traits: {},
      ...(disguise ? { disguise } : {}),
    },
  )
  return JSON.parse(body.toString()) as Record<string, unknown>
}

const messages = [{ role: 'user', content: 'hi' }]
const chat = { model: 'm', messages }
const openAi = { user: 'ann', safety_identifier: 'ann', prompt_cache_key: 'ann' }
const anthropic = { model: 'm', max_tokens: 9, messages, metadata: { user_id: 'ann' } }
const responses = { model: 'm', input: 'hi', ...openAi }

describe('S-41: what a caller calls its end user, its conversation and its cache', () => {
  test.each<[WireName, WireName, object]>([
    ['openai-chat', 'openai-chat', { ...chat, ...openAi, cache_salt: 'ann', session_id: 'ann' }],
    ['openai-chat', 'openai-responses', { ...chat, ...openAi }],
    ['openai-chat', 'anthropic-messages', { ...chat, user: 'ann' }],
    ['openai-chat', 'bedrock-invoke', { ...chat, user: 'ann' }],
    ['openai-completions', 'openai-completions', { model: 'm', prompt: 'hi', user: 'ann' }],
    ['openai-completions', 'openai-chat', { model: 'm', prompt: 'hi', user: 'ann' }],
    ['openai-responses', 'openai-responses', responses],
    ['openai-responses', 'openai-chat', responses],
    ['openai-responses', 'anthropic-messages', responses],
    ['anthropic-messages', 'anthropic-messages', anthropic],
    ['anthropic-messages', 'bedrock-invoke', anthropic],
    ['anthropic-messages', 'openai-chat', anthropic],
    ['anthropic-messages', 'openai-responses', anthropic],
    ['anthropic-messages', 'gemini', anthropic],
    ['openai-chat', 'gemini', { ...chat, ...openAi }],
    ['openai-chat', 'ollama', { ...chat, ...openAi }],
    ['openai-chat', 'bedrock-converse', { ...chat, ...openAi }],
  ])('from %s to %s is told as it is to no provider that tenants share', (from, to, call) => {
    const [a, b] = [told(from, to, call, 'tenant-a'), told(from, to, call, 'tenant-b')]
    expect(JSON.stringify(a)).not.toContain('"ann"')
    const names = Object.values(call).filter((value) => value === 'ann' || isMetadata(value))
    const isSaid = !['gemini', 'ollama', 'bedrock-converse'].includes(to) && names.length > 0
    if (isSaid) {
      expect(a).not.toEqual(b)
      expect(JSON.stringify(a)).toContain(disguiseOf('tenant-a')?.('ann'))
    }
    expect(told(from, to, call, 'tenant-a')).toEqual(a)
    // The operator's own tenant, and whoever calls with the development key.
    expect(JSON.stringify(told(from, to, call, 'default')).includes('"ann"')).toBe(isSaid)
  })

  test('a call that is passed through and has none of them is the same bytes as without', () => {
    const format = formatOf('openai-chat')
    const body = Buffer.from('{ "messages":[{"role":"user","content":"\\u00fc"}],"model":"m" }')
    const target = { upstreamModel: 'm', stream: false, maxTokens: null, traits: {} }
    const disguise = disguiseOf('tenant-a')
    expect(disguise).toBeDefined()
    const edited = format?.passRequest(body, { ...target, disguise: disguise ?? String })
    expect(edited).toEqual(format?.passRequest(body, target))
  })

  test('an answer of the Responses API repeats what the caller said', () => {
    const format = formatOf('openai-responses')
    const disguise = disguiseOf('tenant-a') ?? String
    const target = { upstreamModel: 'm', stream: false, maxTokens: null, traits: {}, disguise }
    const { hints } = format?.passRequest(Buffer.from(JSON.stringify(responses)), target) ?? {}
    expect(hints?.echo).toEqual(openAi)
  })

  test('in plain operations, in JSON and in forms', () => {
    const disguise = disguiseOf('tenant-a') ?? String
    const target = { upstreamModel: 'm', stream: false, maxTokens: null, traits: {}, disguise }
    const operations = formatOf('openai-chat')?.operations
    const json = { data: Buffer.from('{"model":"m","input":"x","user":"ann"}'), contentType: '' }
    expect(operations?.embeddings?.encodeRequest(json, target).data.toString()).toBe(
      `{"model":"m","input":"x","user":"${disguise('ann')}"}`,
    )
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const form = (user: string) => ({
      data: Buffer.from(`${part('user', user)}${part('model', 'm')}${part('prompt', 'x')}--b--`),
      contentType: 'multipart/form-data; boundary=b',
    })
    expect(operations?.['image-edits']?.encodeRequest(form('ann'), target).data).toEqual(
      form(disguise('ann')).data,
    )
  })

  test('goes as it is to an account of the tenant’s own', () => {
    const own = { tenant: 'tenant-a' as TenantId }
    const disguiseFor = createCallerDisguise(ring(1))
    expect(disguiseFor({ tenantId: 'tenant-a' as TenantId }, own)).toBeUndefined()
  })

  test('is told by the key and the tenant, never by where one ends and the other begins', () => {
    const names = [
      disguiseOf('a')?.('bc'),
      disguiseOf('ab')?.('c'),
      disguiseOf('a', ring(2))?.('bc'),
      disguiseOf('a', null)?.('bc'),
      disguiseOf('ab', null)?.('c'),
    ]
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[\w-]{43}$/)
  })

  test('in headers that name a conversation', () => {
    const headers = { 'session-id': 'ann', 'x-request-id': 'r' }
    disguiseHeaders(headers, (name) => `${name}!`)
    expect(headers).toEqual({ 'session-id': 'ann!', 'x-request-id': 'r' })
  })
})

function isMetadata(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'user_id' in value
}
