import { InvalidArgumentError } from 'commander'

export interface PeriodOptions {
  readonly from?: string
  readonly to?: string
}

export function moment(text: string): string {
  if (Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('not a date or time')
  return text
}
