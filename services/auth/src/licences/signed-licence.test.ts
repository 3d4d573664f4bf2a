import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { newTenant } from '@sluice/store/testing/identity-rows'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { type JWTPayload, SignJWT } from 'jose'
import { readSignedLicence } from './signed-licence.ts'
import { takeLicence } from './take-licence.ts'

const clock = createFakeClock()
const year = 365 * 24 * 60 * 60
const exp = Math.floor(clock.now() / 1_000) + year
const claims = { sub: 'acme', tier: 'pro', features: ['LLM_CHAT'], exp }

interface Signer {
  readonly alg: string
  readonly key: KeyObject
  readonly path: string
}

let dir = ''
const signers = new Map<string, Signer>()

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-licence-'))
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const pairs = {
    EdDSA: generateKeyPairSync('ed25519'),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: rsa,
    PS256: rsa,
  }
  for (const [alg, { privateKey, publicKey }] of Object.entries(pairs)) {
    const path = join(dir, `${alg}.pem`)
    writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }))
    signers.set(alg, { alg, key: privateKey, path })
  }
})
afterAll(() => {
  rmSync(dir, { recursive: true })
})

function signer(alg: string): Signer {
  const found = signers.get(alg)
  if (!found) throw new Error(alg)
  return found
}

function sign({ alg, key }: Signer, payload: JWTPayload = claims): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key)
}

const rejected = { status: 400, code: 'licence_invalid' }

describe.each(['EdDSA', 'ES256', 'RS256', 'PS256'])('M-076: signed by %s', (alg) => {
  test('is read, and rejected with any part of it changed', async () => {
    const by = signer(alg)
    const token = await sign(by)
    expect(await readSignedLicence(`${token}\n`, by.path, clock)).toEqual({
      tenantId: 'acme',
      tier: 'pro',
      features: ['LLM_CHAT'],
      expiresAt: exp * 1_000,
    })
    const [head = '', payload = '', signature = ''] = token.split('.')
    for (const part of [head, payload, signature]) {
      // Not the last character: some of its bits may say nothing.
      const at = Math.floor(part.length / 2)
      const changed = `${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`
      await expect(
        readSignedLicence(token.replace(part, changed), by.path, clock),
      ).rejects.toMatchObject(rejected)
    }
  })
})

test('S-17, S-18: a licence that is not signed, or by the public key as if it were a secret, is rejected', async () => {
  const { path } = signer('RS256')
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = `${part({ alg: 'none' })}.${part(claims)}.`
  await expect(readSignedLicence(unsigned, path, clock)).rejects.toMatchObject(rejected)
  const hs = `${part({ alg: 'HS256' })}.${part(claims)}`
  const mac = createHmac('sha256', readFileSync(path)).update(hs).digest('base64url')
  await expect(readSignedLicence(`${hs}.${mac}`, path, clock)).rejects.toMatchObject(rejected)
})

test('a licence of somebody else, without an end, over, or without a key to check it by is rejected', async () => {
  const by = signer('EdDSA')
  const other = signer('ES256')
  const { exp: _exp, ...endless } = claims
  const over = { ...claims, exp: Math.floor(clock.now() / 1_000) - 1 }
  const tries = [
    [await sign(other), by.path],
    [await sign(by, endless), by.path],
    [await sign(by, over), by.path],
    [await sign(by, { exp }), by.path],
    [await sign(by, { ...claims, sub: '../x' }), by.path],
    [await sign(by), null],
    [await sign(by), join(dir, 'none.pem')],
    ['x', by.path],
  ] as const
  for (const [token, path] of tries)
    await expect(readSignedLicence(token, path, clock)).rejects.toMatchObject(rejected)
})

test('M-076: at start a good licence is in force; after a bad one all is as it was, and says so', async () => {
  const store = createMemoryAuthStore()
  await store.tenants.add(newTenant('acme', { tier: 'free' }))
  const by = signer('EdDSA')
  const lines: string[] = []
  const logger = createLogger({
    service: 'auth',
    level: 'error',
    destination: { write: (line: string) => lines.push(line) },
  })
  const context = {
    store,
    accounts: null,
    clock,
    onChanged: () => undefined,
    onRevision: () => undefined,
    licenceKeyPath: by.path,
  }
  const token = await sign(by)
  await takeLicence(context, `${token.slice(0, -9)}AAAAAAAAA`, logger)
  await takeLicence(context, await sign(by, { ...claims, tier: 'platinum' }), logger)
  await takeLicence(context, await sign(by, { ...claims, sub: 'nobody' }), logger)
  await takeLicence(context, null, logger)
  expect(await store.tenants.find('acme', 'acme')).toEqual(newTenant('acme', { tier: 'free' }))
  expect(lines).toHaveLength(3)
  await takeLicence(context, token, logger)
  expect(await store.tenants.find('acme', 'acme')).toMatchObject({
    tier: 'pro',
    features: ['LLM_CHAT'],
    licenceExpiresAt: exp * 1_000,
    licenceToken: token,
  })
})
