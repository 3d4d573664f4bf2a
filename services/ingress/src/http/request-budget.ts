import type { IncomingHttpHeaders } from 'node:http'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import { GatewayError } from '@sluice/kernel/errors'
import { scanMembers } from '@sluice/wire/splice'
import { ingressErrors } from '../errors.ts'
import { type Asked, jsonType } from './asked.ts'
import { type CallFacts, estimateOf } from './charges.ts'
import { usd } from './limit-refusal.ts'

const header = 'x-gateway-budget-usd'
const member = 'budget'
const memberName = Buffer.from(`"${member}"`)
/** Unlike a budget of a policy, it is never there again. */
const ownBudgetExceeded = Object.freeze({
  ...ingressErrors.budget_exceeded,
  status: 402,
  retryable: false,
})
const decimal = /^\d{1,7}(\.\d{1,12})?$/

export interface Budgeted {
  readonly asked: Asked
  /** What this call may cost, nano-USD; null = nothing is said. */
  readonly budgetNanoUsd: number | null
}

/**
 * What the caller wants to spend on this call, USD: a header, or the member `budget` of a JSON body. The member is ours: no provider gets it. Where both
 * are there the smaller one counts.
 */
export function readRequestBudget(asked: Asked, headers: IncomingHttpHeaders): Budgeted {
  const said = headers[header]
  const fromHeader = said === undefined ? null : nanoUsd(String(said), header)
  // A search for bytes, so that bodies without it, which are almost all, are not looked at twice.
  if (asked.contentType !== jsonType || !asked.body.includes(memberName))
    return { asked, budgetNanoUsd: fromHeader }
  const members = scanMembers(asked.body, [member])
  const value = members.read(member)
  if (value === undefined) return { asked, budgetNanoUsd: fromHeader }
  const body = members.edit({ [member]: null })
  const fromBody = value === null ? null : nanoUsd(value, member)
  const both = [fromHeader, fromBody].filter((each) => each !== null)
  return {
    asked: { ...asked, body },
    budgetNanoUsd: both.length === 0 ? null : Math.min(...both),
  }
}

function nanoUsd(value: unknown, param: string): number {
  const text = typeof value === 'number' ? plain(value) : value
  if (typeof text !== 'string' || !decimal.test(text))
    throw new GatewayError(
      ingressErrors.invalid_budget,
      `${param} must be an amount of USD from 0 to 9999999, such as 0.05`,
      { param },
    )
  const [whole = '0', fraction = ''] = text.split('.')
  return Number(whole) * 1e9 + Number(fraction.padEnd(9, '0').slice(0, 9))
}

/** Without an exponent: 1e-7 is an amount. */
function plain(value: number): string {
  return value < 1e-6 && value > 0 ? value.toFixed(12) : String(value)
}

/** Throws a 402 before anything is called, where the estimate is dearer; 0 lets only models pass that cost nothing. */
export function requireBudget(
  budgetNanoUsd: number,
  facts: CallFacts,
  listed: ListedModel | undefined,
): void {
  const estimate = listed === undefined ? null : estimateOf(facts, listed)
  if (estimate !== null && estimate <= budgetNanoUsd) return
  const may =
    estimate === null
      ? `what ${JSON.stringify(facts.model)} costs is not known`
      : `this call may cost ${usd(estimate)} USD`
  throw new GatewayError(
    ownBudgetExceeded,
    `The budget of the call is ${usd(budgetNanoUsd)} USD, and ${may}. A lower max_tokens lowers it.`,
    { param: member, type: 'insufficient_quota' },
  )
}
