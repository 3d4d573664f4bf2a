import { describe, expect, test } from '@jest/globals'
import { readAccountsConfig } from './accounts-config.ts'

const production = { NODE_ENV: 'production' }
const trusted = {
  issuer: 'https://idp.example',
  audience: 'sluice',
  jwks_url: 'https://idp.example/jwks',
  tenant: 'acme',
}
const read = (env: Record<string, string>) => readAccountsConfig(env)

describe('the configuration of accounts', () => {
  test('in production links begin with PUBLIC_URL or are not sent', () => {
    const base = (env: Record<string, string>) => readAccountsConfig(env)?.linkBase
    const signing = { ...production, JWT_PRIVATE_KEY_PATH: '/run/jwt.pem' }
    expect(base(signing)).toBeNull()
    expect(base({ ...signing, PUBLIC_URL: 'https://ai.example/' })).toBe('https://ai.example')
    expect(base({})).toBe('http://localhost:3000')
  })

  test('has a key of its own outside production', () => {
    expect(read({ DATA_DIR: '/data' })).toMatchObject({
      keyPaths: null,
      devKeyPath: '/data/jwt-key.pem',
      issuer: 'sluice',
      secureCookies: false,
      accessTtlMs: 900_000,
      registration: 'open',
    })
  })
  test('M-068: in production nobody signs in without a signing key, and who wants it is told what is missing', () => {
    expect(read(production)).toBeNull()
    expect(() => read({ ...production, USER_AUTH_ENABLED: 'true' })).toThrow(
      /^JWT_PRIVATE_KEY_PATH: must be set/,
    )
    const list = JSON.stringify([trusted])
    expect(() => read({ ...production, JWT_TRUSTED_ISSUERS_JSON: list })).toThrow(
      /^JWT_PRIVATE_KEY_PATH: must be set/,
    )
    expect(read({ ...production, JWT_PRIVATE_KEY_PATH: '/a.pem, /b.pem' })).toMatchObject({
      keyPaths: ['/a.pem', '/b.pem'],
    })
    expect(read({ USER_AUTH_ENABLED: 'false' })).toBeNull()
  })
  test('M-068: a first password that is guessed first is refused', () => {
    const owner = { BOOTSTRAP_ADMIN_EMAIL: 'root@acme.example' }
    for (const password of [
      'change-me',
      'changeme1234',
      'admin',
      'password1234',
      'root@acme.example',
    ])
      expect(() => read({ ...owner, BOOTSTRAP_ADMIN_PASSWORD: password })).toThrow(
        /^BOOTSTRAP_ADMIN_PASSWORD: /,
      )
    expect(() => read(owner)).toThrow(/set both or neither/)
  })
  test('access tokens are short', () => {
    expect(() => read({ JWT_ACCESS_TTL_SECONDS: '901' })).toThrow(/^JWT_ACCESS_TTL_SECONDS/)
  })
  test('M-060: an issuer has one way to its tenant, no symmetric algorithm, and is there once', () => {
    const list = (...entries: object[]) => ({ JWT_TRUSTED_ISSUERS_JSON: JSON.stringify(entries) })
    expect(read(list(trusted))?.trustedIssuers).toMatchObject([
      { algorithms: ['RS256'], default_role: 'user' },
    ])
    for (const bad of [
      { ...trusted, tenant: undefined },
      { ...trusted, tenant_claim: 'org' },
      { ...trusted, algorithms: ['HS256'] },
      { ...trusted, algorithms: ['none'] },
      { ...trusted, algorithms: [] },
      { ...trusted, default_role: 'owner' },
      { ...trusted, jwks_url: 'file:///etc/passwd' },
      { ...trusted, unknown: 1 },
      { ...trusted, audience: undefined },
      { ...trusted, issuer: 'sluice' },
    ])
      expect(() => read(list(bad))).toThrow(/^JWT_TRUSTED_ISSUERS_JSON: /)
    expect(() => read(list(trusted, trusted))).toThrow(/there twice/)
    expect(() => read({ JWT_TRUSTED_ISSUERS_JSON: '[' })).toThrow(/is not JSON/)
  })
  test('S-27: providers have names that fit into an address', () => {
    const provider = { name: 'idp', issuer: 'https://idp.example', client_id: 'c', tenant: 'acme' }
    const list = (...entries: object[]) => ({ OIDC_PROVIDERS_JSON: JSON.stringify(entries) })
    expect(read(list(provider))?.oidcProviders).toHaveLength(1)
    expect(() => read(list({ ...provider, name: '../x' }))).toThrow(/^OIDC_PROVIDERS_JSON: 0.name/)
    expect(() => read(list(provider, provider))).toThrow(/there twice/)
  })
})
