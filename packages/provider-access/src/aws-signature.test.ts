import { describe, expect, test } from '@jest/globals'
import { signCall } from './aws-signature.ts'

/** From the test suite that AWS publishes for Signature Version 4 (aws-sig-v4-test-suite). */
const key = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}
const scope = { region: 'us-east-1', service: 'service' }
const now = Date.UTC(2015, 7, 30, 12, 36, 0)

function signatureOf(
  method: string,
  path: string,
  {
    headers = {},
    body = null,
    sessionToken = null,
  }: {
    headers?: Record<string, string>
    body?: Buffer | null
    sessionToken?: string | null
  } = {},
) {
  const signed = { ...headers }
  const url = new URL(`https://example.amazonaws.com${path}`)
  signCall({ method, url, headers: signed, body }, { ...key, sessionToken }, scope, now)
  return signed
}
const prefix =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders='

describe('M-118: AWS Signature Version 4', () => {
  test.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'post-vanilla',
      'POST',
      '/',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('%s', (_, method, path, signature) => {
    expect(signatureOf(method, path)['authorization']).toBe(
      `${prefix}host;x-amz-date, Signature=${signature}`,
    )
  })

  test('post-x-www-form-urlencoded', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = Buffer.from('Param1=value1')
    expect(signatureOf('POST', '/', { headers, body })['authorization']).toBe(
      `${prefix}content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a`,
    )
  })

  test('get-header-value-trim', () => {
    const headers = { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' }
    expect(signatureOf('GET', '/', { headers })['authorization']).toBe(
      `${prefix}host;my-header1;my-header2;x-amz-date, Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736`,
    )
  })

  test('a session has its token in a header of its own, signed with the rest', () => {
    const signed = signatureOf('POST', '/', { sessionToken: 'session' })
    expect(signed['x-amz-security-token']).toBe('session')
    expect(signed['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
  })

  test('T61: an encoded member of the path stays one, in the signature too', () => {
    const colon = signatureOf('POST', '/model/a.b-v1%3A0/converse')['authorization']
    expect(colon).not.toBe(signatureOf('POST', '/model/a.b-v1:0/converse')['authorization'])
  })
})
