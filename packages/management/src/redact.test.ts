import { describe, expect, test } from '@jest/globals'
import { redacted, redactedText } from './redact.ts'

const canary = 'Canary-4711-xyzzy'

describe('what may stand in an audit entry', () => {
  test.each([
    'password',
    'new_password',
    'currentPassword',
    'secret',
    'client_secret',
    'api_key',
    'apiKey',
    'key',
    'keys',
    'token',
    'refresh_token',
    'credential',
    'credentials',
    'credential_hash',
    'Authorization',
    'Set-Cookie',
    'private_key',
    'code',
    'licence_token',
    'aws_secret_access_key',
    'email',
  ])('M-078 a secret canary under the name %s is not in it, however deep', (name) => {
    for (const value of [canary, [canary], { inside: [{ deep: canary }] }]) {
      if (name === 'email' && typeof value !== 'string') continue
      const kept = JSON.stringify(redacted({ auth: [{ [name]: value }], name: 'ci' }))
      expect(kept).not.toContain(canary)
      expect(kept).toContain('ci')
    }
    expect(JSON.stringify(redacted({ [name]: canary }))).not.toContain(canary)
  })

  test.each([
    ['a key of ours', `gw_live_k1_${canary}`],
    ['a vendor key', 'sk-proj-abcdefghijklmnop1234'],
    ['a JWT', 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIGH'],
    ['a header', `Bearer ${canary}`],
    ['a URL with a password', `https://user:${canary}@example.com/`],
  ])('M-078 %s is not in it, whatever its member is called', (_, secret) => {
    expect(JSON.stringify(redacted({ note: `see ${secret}`, list: [secret] }))).not.toContain(
      secret,
    )
    expect(redactedText(`token:${secret}`)).not.toContain(secret)
  })

  test('M-079 neither address nor name of a person is in it: entries outlive them', () => {
    const kept = redacted({ after: { email: 'a@example.com', name: 'Anna Canary', role: 'user' } })
    expect(kept).toEqual({ after: { email: '[redacted]', name: '[redacted]', role: 'user' } })
  })

  test('the rest is as it was: numbers, names, and members whose names only sound alike', () => {
    const change = {
      name: 'ci',
      models: ['acme/*'],
      max_tokens: 100,
      input_tokens: 3,
      tokens_per_minute: null,
      key_id: 'k_1',
      keyName: 'ci',
      hasPassword: true,
      key: null,
    }
    expect(redacted(change)).toEqual(change)
    expect(redacted(undefined)).toBeNull()
    expect(redactedText('token:k_1')).toBe('token:k_1')
  })
})
