import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { passForm } from './multipart.ts'
import { readForm } from './read-form.ts'

const contentType = 'multipart/form-data; boundary="b.1"'

const part = (name: string, value: string, file = '') =>
  `--b.1\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${value}\r\n`
const form = (...parts: string[]) => Buffer.from(`${parts.join('')}--b.1--\r\n`, 'latin1')

async function modelAfter(data: Buffer): Promise<unknown> {
  const edited = passForm({ data, contentType }, { upstreamModel: 'up/stream' })
  return [...(await readForm({ data: edited.data, contentType })).fields]
}

describe('M-019: the model’s name in a form', () => {
  test('is replaced wherever it stands, and every other byte stays', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('file', 'prompt', 'xmodel'), fc.string()), {
          maxLength: 4,
        }),
        fc.array(fc.tuple(fc.constant('language'), fc.string()), { maxLength: 3 }),
        fc.stringMatching(/^[a-z/-]{1,20}$/),
        (before, after, model) => {
          const clean = (text: string) => text.replaceAll('b.1', '').replaceAll('\r', '')
          const parts = (list: [string, string][]) => list.map(([n, v]) => part(n, clean(v)))
          const body = (name: string) =>
            form(...parts(before), part('model', name), ...parts(after))
          const edited = passForm({ data: body(model), contentType }, { upstreamModel: 'up' })
          expect(edited.data).toEqual(body('up'))
        },
      ),
    )
  })

  test('of an unquoted boundary, after a preamble, with other headers, in a name without quotes', async () => {
    const data = Buffer.from(
      'preamble\r\n--b.1\r\nX-Other: 1\r\ncontent-disposition: form-data; name=model\r\n\r\nold\r\n--b.1--',
      'latin1',
    )
    const type = 'multipart/form-data; boundary=b.1; charset=utf-8'
    const edited = passForm({ data, contentType: type }, { upstreamModel: 'new' })
    expect(edited.data.toString()).toContain('\r\n\r\nnew\r\n--b.1--')
    expect(edited.contentType).toBe(type)
    expect(await modelAfter(form(part('model', '')))).toEqual([['model', ['up/stream']]])
  })

  test.each([
    ['two of them', form(part('model', 'a'), part('model', 'b'))],
    ['none', form(part('file', 'x', 'a.wav'))],
    ['one that is only in a file', form(part('file', part('model', 'a').replaceAll('b.1', 'c')))],
    ['no end', Buffer.from('--b.1\r\nContent-Disposition: form-data; name="model"\r\n\r\na')],
  ])('%s: refused', (_name, data) => {
    expect(() => passForm({ data, contentType }, { upstreamModel: 'up' })).toThrow(
      /form cannot be read/,
    )
  })
})

describe('a form as it is read', () => {
  test('fields and files; the same files have the same digest under any boundary', async () => {
    const data = form(part('model', 'm'), part('file', '\0\xff\r\n-', 'ä.wav'), part('l', 'de'))
    const read = await readForm({ data, contentType })
    expect([...read.fields]).toEqual([
      ['model', ['m']],
      ['l', ['de']],
    ])
    expect(read.files).toMatchObject([{ name: 'file', bytes: 5 }])
    const other = Buffer.from(data.toString('latin1').replaceAll('b.1', 'other'), 'latin1')
    const again = await readForm({
      data: other,
      contentType: 'multipart/form-data; boundary=other',
    })
    expect(again).toEqual(read)
  })

  test.each([
    ['cut short', form(part('model', 'm'), part('file', 'abc', 'a')).subarray(0, -9)],
    ['no form at all', Buffer.from('hello')],
    ['empty', Buffer.alloc(0)],
    ['too many fields', form(...Array.from({ length: 101 }, () => part('a', 'b')))],
    ['a field too long', form(part('a', 'x'.repeat(1_048_577)))],
  ])('%s: a 400', async (_name, data) => {
    await expect(readForm({ data, contentType })).rejects.toThrow(/form cannot be read/)
  })

  test('whatever comes, it is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        const data = Buffer.concat([Buffer.from('--b.1\r\n'), bytes])
        await readForm({ data, contentType }).then(
          () => undefined,
          (problem: unknown) => {
            expect(String(problem)).toMatch(/form cannot be read/)
          },
        )
      }),
    )
  })
})
