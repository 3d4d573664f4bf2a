/**
 * Vendors that generate, and bill, an answer to its end although nobody reads it any more. A list once published by OpenRouter, undated: an
 * operator who knows better says `options: { abort_stops_billing: true }`.
 */
const goOnBilling = [
  'ai21.com',
  'aionlabs.ai',
  'aliyuncs.com',
  'amazonaws.com',
  'featherless.ai',
  'googleapis.com',
  'groq.com',
  'huggingface.co',
  'inference.net',
  'inflection.ai',
  'kluster.ai',
  'lambda.ai',
  'lingyiwanwu.com',
  'lynn.app',
  'minimax.chat',
  'minimax.io',
  'mistral.ai',
  'modal.com',
  'modal.run',
  'nebius.ai',
  'nebius.com',
  'perplexity.ai',
  'replicate.com',
  'sambanova.ai',
  'targon.com',
]

/** Whether leaving an answer early stops its bill, by the address it comes from. Unknown vendors are taken for those that stop. */
export function abortStopsBilling(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl)
  return !goOnBilling.some((vendor) => hostname === vendor || hostname.endsWith(`.${vendor}`))
}
