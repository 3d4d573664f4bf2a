import { describe, expect, test } from '@jest/globals'
import { defaultTiers } from '@sluice/store/default-tiers'
import type { Tier } from '@sluice/store/tenancy'
import { rangesCover } from './address-ranges.ts'
import { globsCover, intersectGlobs } from './globs.ts'
import { featuresOf, ladderProblems } from './licence.ts'

describe('globs', () => {
  test.each([
    [null, null, true],
    [null, ['a'], true],
    [['a*'], null, false],
    [['*'], null, true],
    [['/v1/chat/*'], ['/v1/chat/completions'], true],
    [['/v1/chat/*'], ['/v1/chat/*'], true],
    [['/v1/chat/*'], ['/v1/*'], false],
    [['/v1/chat/completions'], ['/v1/chat/*'], false],
    [['a*', 'b*'], ['b1', 'a*c'], true],
    [['a*c'], ['a*', 'ac'], false],
    [[], ['a'], false],
    [[], [], true],
  ])('%j covers %j: %j', (outer, inner, covers) => {
    expect(globsCover(outer, inner)).toBe(covers)
  })

  test('what both allow is never more than either', () => {
    expect(intersectGlobs(null, null)).toBeNull()
    expect(intersectGlobs(null, ['a'])).toEqual(['a'])
    expect(intersectGlobs(['a*', 'b'], ['ab', 'b*'])).toEqual(['b', 'ab'])
    expect(intersectGlobs(['a*'], ['*b'])).toEqual([])
  })
})

describe('address ranges', () => {
  test.each([
    [null, ['10.0.0.0/8'], true],
    [['10.0.0.0/8'], null, false],
    [['10.0.0.0/8'], ['10.1.0.0/16', '10.2.3.4'], true],
    [['10.1.0.0/16'], ['10.0.0.0/8'], false],
    [['10.0.0.0/8'], ['11.0.0.1'], false],
    [['2001:db8::/32'], ['2001:db8:1::/48'], true],
    [['0.0.0.0/0'], ['::1'], false],
    [['10.0.0.0/8'], ['10.0.0.0/99'], false],
    [['10.0.0.0/99'], ['10.0.0.1'], false],
  ])('%j covers %j: %j', (outer, inner, covers) => {
    expect(rangesCover(outer, inner)).toBe(covers)
  })
})

describe('tiers', () => {
  test('M-075: features(tier n) ⊆ features(tier n+1), and no tier has less than the one below', () => {
    const sizes = defaultTiers.map((tier) => featuresOf(tier, defaultTiers).length)
    expect(sizes).toEqual([14, 24, 27])
    expect(ladderProblems(defaultTiers)).toEqual([])
  })

  test('M-075: a fourth tier that has less than one below it is told', () => {
    const [, pro] = defaultTiers
    if (!pro) throw new Error('no pro')
    const between: Tier = { ...pro, name: 'team', rank: 9 }
    expect(ladderProblems([...defaultTiers, { ...between, weight: 20, limits: [] }])).toEqual([])
    const problems = ladderProblems([
      ...defaultTiers,
      { ...between, limits: [], projects: 1, weight: 2 },
    ])
    expect(problems).toEqual([
      'team has less projects than enterprise',
      'team has less weight than enterprise',
    ])
    const fewer = { ...between, rank: 3, limits: pro.limits.map((each) => ({ ...each, max: 5 })) }
    expect(ladderProblems([pro, fewer])).toEqual(['team has less requests a month than pro'])
    expect(ladderProblems([pro, { ...pro, name: 'copy' }])).toEqual(['copy has the rank of pro'])
  })
})
