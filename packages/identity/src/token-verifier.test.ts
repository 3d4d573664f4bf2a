import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { fullAccess } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import { readIdentityRevision, verifyCredential } from '@sluice/contracts/rpc/auth'
import {
  readTokenIssuers,
  type TokenAlgorithm,
  type TokenIssuer,
  type TokenKey,
  verifyClaims,
} from '@sluice/contracts/rpc/token-issuers'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { serveRpc } from '@sluice/work-queue/rpc'
import { exportJWK, SignJWT } from 'jose'
import { createVerdictCache } from './verdict-cache.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const ed = generateKeyPairSync('ed25519')
const ed2 = generateKeyPairSync('ed25519')
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const startSeconds = Date.UTC(2026, 0, 1) / 1_000
const us = 'https://sluice.example'
const them = 'https://idp.example'

async function tokenKey(
  key: KeyObject,
  kid: string | null,
  algorithm: TokenAlgorithm,
): Promise<TokenKey> {
  const jwk = (await exportJWK(createPublicKey(key))) as Record<string, string>
  return { kid, algorithm, jwk }
}

function issuer(name: string, keys: TokenKey[], changes: Partial<TokenIssuer> = {}): TokenIssuer {
  return {
    issuer: name,
    audiences: ['sluice'],
    types: ['jwt', 'at+jwt'],
    claims: ['groups'],
    keys,
    ...changes,
  }
}

async function start() {
  const clock = createFakeClock(startSeconds * 1_000)
  const queue = createMemoryWorkQueue({ clock })
  const told: { issuer: string; subject: string; claims: Record<string, unknown> }[] = []
  const missing: (string | null)[] = []
  const asked: string[] = []
  const auth = {
    revision: 1,
    away: false,
    active: true,
    issuers: [
      issuer(us, [await tokenKey(ed.privateKey, 'own', 'EdDSA')], { types: ['at+jwt'] }),
      issuer(them, [
        await tokenKey(rsa.privateKey, 'rsa', 'RS256'),
        await tokenKey(ec.privateKey, 'ec', 'ES256'),
      ]),
    ],
  }
  const answering = () => {
    if (auth.away) throw new GatewayError(kernelErrors.dependency_unavailable)
  }
  await serveRpc(queue, readIdentityRevision, async () => ({ revision: auth.revision }))
  await serveRpc(queue, verifyCredential, async ({ credentialHash }) => {
    asked.push(credentialHash)
    return { valid: false as const, reason: 'unknown' as const, revision: auth.revision }
  })
  await serveRpc(queue, readTokenIssuers, async (request) => {
    answering()
    missing.push(request.missing)
    return { issuers: auth.issuers }
  })
  await serveRpc(queue, verifyClaims, async (request) => {
    answering()
    told.push(request)
    if (!auth.active)
      return { valid: false as const, reason: 'revoked' as const, revision: auth.revision }
    const caller = Caller.parse({
      tenantId: 'acme',
      projectId: 'default',
      keyId: 'session-anna',
      userId: 'anna',
      keyName: 'anna',
      models: null,
    })
    return { valid: true as const, caller, access: fullAccess, revision: auth.revision }
  })
  const cache = createVerdictCache({ queue, clock })
  const isTaken = async (token: string) => (await cache.check(token)).valid
  return { clock, queue, auth, told, missing, asked, cache, isTaken }
}

const claimsOf = (changes: Record<string, unknown> = {}) => ({
  iss: them,
  aud: 'sluice',
  sub: 'anna',
  iat: startSeconds,
  exp: startSeconds + 300,
  ...changes,
})

function sign(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: KeyObject = rsa.privateKey,
): Promise<string> {
  const protectedHeader = { alg: 'RS256', kid: 'rsa', typ: 'JWT', ...header }
  return new SignJWT(claimsOf(changes)).setProtectedHeader(protectedHeader).sign(key)
}

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signed by hand, for what the library would not make. */
function signText(header: string, claims: string, key = rsa.privateKey): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signBytes('sha256', Buffer.from(input), key).toString('base64url')}`
}
const rs256 = '{"alg":"RS256","kid":"rsa"}'

describe('a good token', () => {
  test('M-060: is taken by the key of its issuer; auth is told its claims, never the token', async () => {
    const { told, isTaken } = await start()
    expect(await isTaken(await sign({ groups: ['a', 'b'], secret: 'x' }))).toBe(true)
    expect(told).toEqual([{ issuer: them, subject: 'anna', claims: { groups: ['a', 'b'] } }])
  })
  test('M-060: is taken by each type of key, and without a kid by trying', async () => {
    const { isTaken } = await start()
    expect(await isTaken(await sign({}, { alg: 'ES256', kid: 'ec' }, ec.privateKey))).toBe(true)
    expect(await isTaken(await sign({}, { kid: undefined }))).toBe(true)
    const own = await sign({ iss: us }, { alg: 'EdDSA', kid: 'own', typ: 'at+jwt' }, ed.privateKey)
    expect(await isTaken(own)).toBe(true)
  })
  test('M-060: may have one of several audiences', async () => {
    const { isTaken } = await start()
    expect(await isTaken(await sign({ aud: ['other', 'sluice'] }))).toBe(true)
  })
  test('is answered from memory, and never past its exp', async () => {
    const { clock, told, cache, isTaken } = await start()
    const token = await sign({ exp: startSeconds + 30 })
    await isTaken(token)
    expect(cache.check(token)).not.toBeInstanceOf(Promise)
    expect(told).toHaveLength(1)
    await clock.advance(29_000)
    expect(cache.check(token)).not.toBeInstanceOf(Promise)
    await clock.advance(1_001)
    const again = cache.check(token)
    expect(again).toBeInstanceOf(Promise)
    await again
    await clock.advance(60_000)
    expect(await isTaken(token)).toBe(false)
  })
  test('B-21: what its bearer may do is asked again after 60 s', async () => {
    const { clock, auth, isTaken } = await start()
    const token = await sign()
    expect(await isTaken(token)).toBe(true)
    auth.active = false
    await clock.advance(60_001)
    expect(await isTaken(token)).toBe(false)
  })
  test('that is not known is a 503 while auth is away, never a 401', async () => {
    const { auth, cache } = await start()
    auth.away = true
    await expect(cache.check(await sign())).rejects.toMatchObject({ code: 'auth_unavailable' })
  })
  test('that is known is served while auth is away', async () => {
    const { clock, auth, isTaken } = await start()
    const token = await sign()
    await isTaken(token)
    auth.away = true
    await clock.advance(61_000)
    expect(await isTaken(token)).toBe(true)
  })
  test('a key that holds dots is looked up as a key', async () => {
    const { asked, isTaken } = await start()
    await isTaken('my.own.key-of-24-characters')
    expect(asked).toHaveLength(1)
  })
})

describe('refused', () => {
  test('S-17: alg none in every spelling, and an empty signature', async () => {
    const { told, isTaken } = await start()
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const unsigned = `${encode({ alg, typ: 'JWT' })}.${encode(claimsOf())}.`
      expect(await isTaken(unsigned)).toBe(false)
      expect(await isTaken(`${unsigned}AA`)).toBe(false)
    }
    const [header, claims] = (await sign()).split('.')
    expect(await isTaken(`${String(header)}.${String(claims)}.`)).toBe(false)
    expect(told).toEqual([])
  })
  test('S-18: HMAC with the public key as its secret, in every form of it', async () => {
    const { told, isTaken } = await start()
    const pem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }).toString()
    for (const secret of [pem, ` ${pem}`, `\n${pem}`, pem.trim(), ''])
      for (const [alg, hash] of [
        ['HS256', 'sha256'],
        ['HS384', 'sha384'],
        ['HS512', 'sha512'],
      ] as const) {
        const input = `${encode({ alg, kid: 'rsa', typ: 'JWT' })}.${encode(claimsOf())}`
        const tag = createHmac(hash, secret).update(input).digest('base64url')
        expect(await isTaken(`${input}.${tag}`)).toBe(false)
      }
    expect(told).toEqual([])
  })
  test('S-19: an algorithm that its key is not for, though the key could', async () => {
    const { isTaken } = await start()
    for (const alg of ['PS256', 'RS384', 'RS512', 'PS512'])
      expect(await isTaken(await sign({}, { alg }))).toBe(false)
    expect(await isTaken(await sign({}, { alg: 'ES256', kid: 'rsa' }, ec.privateKey))).toBe(false)
  })
  test('S-19: a header that brings its own key, or says where to find it', async () => {
    const { isTaken } = await start()
    const jwk = await exportJWK(createPublicKey(rsa.privateKey))
    const more = [{ jwk }, { jku: 'https://evil.example/k' }, { x5u: 'https://evil.example/c' }]
    for (const header of [...more, { x5c: ['MIIB'] }])
      expect(await isTaken(await sign({}, header))).toBe(false)
    expect(
      await isTaken(signText('{"alg":"RS256","crit":["exp"]}', JSON.stringify(claimsOf()))),
    ).toBe(false)
  })
  test('S-21: a kid that is a path, SQL, or huge is compared and nothing else', async () => {
    const { isTaken, told } = await start()
    for (const kid of ['../../dev/null', "' UNION SELECT '", 'x'.repeat(10_240), '__proto__', ''])
      expect(await isTaken(await sign({}, { kid }))).toBe(false)
    expect(told).toEqual([])
  })
  test('S-22: a thousand unknown kids lead to one more question', async () => {
    const { missing, isTaken } = await start()
    await isTaken(await sign())
    const [, claims, signature] = (await sign()).split('.')
    for (let i = 0; i < 1_000; i++) {
      const own = encode({ alg: 'RS256', kid: `k${String(i)}` })
      expect(await isTaken(`${own}.${String(claims)}.${String(signature)}`)).toBe(false)
    }
    expect(missing).toEqual([null, them])
  })
  test('M-060: a key that is new is found without a restart', async () => {
    const { clock, auth, isTaken } = await start()
    expect(await isTaken(await sign())).toBe(true)
    const rotated = await sign(
      { iss: us },
      { alg: 'EdDSA', kid: 'next', typ: 'at+jwt' },
      ed2.privateKey,
    )
    auth.issuers[0]?.keys.push(await tokenKey(ed2.privateKey, 'next', 'EdDSA'))
    expect(await isTaken(rotated)).toBe(true)
    auth.issuers[0]?.keys.shift()
    await clock.advance(61_000)
    const old = await sign({ iss: us }, { alg: 'EdDSA', kid: 'own', typ: 'at+jwt' }, ed.privateKey)
    expect(await isTaken(old)).toBe(false)
  })
  test('S-24: another issuer or audience, and times that are over or still to come', async () => {
    const { isTaken } = await start()
    const exp = startSeconds
    for (const changes of [
      { iss: 'https://evil.example' },
      { iss: `${them}/` },
      { iss: us },
      { aud: 'other' },
      { aud: ['other'] },
      { aud: undefined },
      { exp: undefined },
      { exp: exp - 61 },
      { nbf: startSeconds + 61 },
      { iat: startSeconds + 61 },
      { sub: undefined },
    ])
      expect({ changes, taken: await isTaken(await sign(changes)) }).toEqual({
        changes,
        taken: false,
      })
    expect(await isTaken(await sign({ exp: exp - 59 }))).toBe(true)
    expect(await isTaken(await sign({ nbf: startSeconds + 59, iat: startSeconds + 59 }))).toBe(true)
  })
  test('S-24: a refresh token, or anything else of ours that is not an access token', async () => {
    const { isTaken } = await start()
    for (const typ of ['refresh+jwt', 'rt+jwt', 'logout+jwt', 'JWT', undefined]) {
      const header = { alg: 'EdDSA', kid: 'own', typ }
      expect(await isTaken(await sign({ iss: us }, header, ed.privateKey))).toBe(false)
    }
    expect(await isTaken(await sign({}, { typ: 'refresh+jwt' }))).toBe(false)
  })
  test('S-26: claims that are there twice, in whatever spelling', async () => {
    const { isTaken } = await start()
    const good = JSON.stringify(claimsOf())
    expect(await isTaken(signText(rs256, good))).toBe(true)
    const twice = good.replace('"sub":"anna"', '"sub":"anna","sub":"bert"')
    const hidden = good.replace('"sub":"anna"', String.raw`"sub":"anna","\u0073ub":"bert"`)
    const nested = good.replace('{', '{"x":{"a":1,"a":2},')
    for (const claims of [twice, hidden, nested])
      expect(await isTaken(signText(rs256, claims))).toBe(false)
    expect(await isTaken(signText('{"alg":"RS256","kid":"ec","kid":"rsa"}', good))).toBe(false)
  })
  test('S-26: a huge claim, sub that is no text, times that are no numbers', async () => {
    const { isTaken, told } = await start()
    for (const changes of [
      { sub: ['anna'] },
      { sub: 7 },
      { sub: '' },
      { sub: 'a'.repeat(256) },
      { exp: String(startSeconds + 300) },
      { exp: 1e300 },
      { groups: 'g'.repeat(2_000) },
      { groups: Array.from({ length: 300 }, () => 'g') },
      { groups: { a: 1 } },
      { filler: 'x'.repeat(10_000) },
    ])
      expect({ changes, taken: await isTaken(await sign(changes)) }).toEqual({
        changes,
        taken: false,
      })
    expect(told).toEqual([])
  })
  test('a signature of somebody else, and text that only looks like a token', async () => {
    const { isTaken } = await start()
    const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
    expect(await isTaken(await sign({}, {}, other))).toBe(false)
    for (const text of [
      'eyJ.eyJ.eyJ',
      'eyJhbGciOiJSUzI1NiJ9..',
      'e30.e30.e30',
      'eyJhbGciOiJSUzI1NiJ9.W10.AA',
    ])
      expect(await isTaken(text)).toBe(false)
    const broken = `${encode(rs256)}.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.AA`
    expect(await isTaken(broken)).toBe(false)
  })
})
