/** Vendors by where their service is reached; any name below the given one is theirs too. */
const hosts: readonly (readonly [host: string, vendor: string])[] = [
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'google'],
  ['aiplatform.googleapis.com', 'vertex'],
  ['openrouter.ai', 'openrouter'],
  ['openai.azure.com', 'azure'],
  ['cognitiveservices.azure.com', 'azure'],
  ['services.ai.azure.com', 'azure'],
  ['api.mistral.ai', 'mistral'],
  ['api.groq.com', 'groq'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'xai'],
  ['api.moonshot.ai', 'moonshot'],
  ['api.moonshot.cn', 'moonshot'],
  ['cloud.databricks.com', 'databricks'],
  ['azuredatabricks.net', 'databricks'],
]

/** Null = nobody that is known: a server of one's own, a small vendor, a stub. */
export function vendorOf(baseUrl: string): string | null {
  const { hostname } = new URL(baseUrl)
  if (/^bedrock-runtime[\w.-]*\.amazonaws\.com(\.cn)?$/.test(hostname)) return 'bedrock'
  // `us-east5-aiplatform.googleapis.com` is a host of its own, not one below.
  const regional = hostname.replace(/^[a-z0-9-]+-(?=aiplatform\.)/, '')
  const found = hosts.find(([host]) => regional === host || regional.endsWith(`.${host}`))
  return found?.[1] ?? null
}
