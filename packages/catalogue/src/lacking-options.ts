import type { ProviderRow } from '@sluice/contracts/rows/provider-row'

/** What the address or the credential of a provider cannot do without: one sentence each. */
export function lackingOptions({ wire, auth, options = {} }: ProviderRow): string[] {
  const needed: ('project' | 'location' | 'region')[] = []
  const isBedrock = wire === 'bedrock-converse' || wire === 'bedrock-invoke'
  if (auth?.type === 'google-oauth') needed.push('project', 'location')
  if (isBedrock || auth?.type === 'aws-sigv4') needed.push('region')
  const what = isBedrock ? wire : (auth?.type ?? '')
  return needed
    .filter((option) => options[option] === undefined)
    .map((option) => `needs ${option} with ${what}`)
}
