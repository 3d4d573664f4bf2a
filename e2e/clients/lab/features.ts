/** What a client is asked to do. The order is that of the matrix. */
export const features = {
  plain: 'a plain answer',
  stream: 'a streamed answer, in pieces',
  usage: 'tokens, plain and streamed, as the provider counted them',
  tools: 'a tool call, its result, the answer to that',
  'parallel-tools': 'two tool calls in one turn',
  structured: 'an answer that matches a JSON schema',
  reasoning: 'reasoning, shown beside the answer',
  image: 'an image in the prompt',
  'embeddings-base64': 'embeddings, asked for as base64',
  'embeddings-float': 'embeddings, asked for as numbers',
  'token-count': 'tokens of a prompt, counted without an answer',
  pictures: 'a picture, drawn',
  speech: 'a text, spoken',
  transcription: 'a recording, written down',
  models: 'the list of models',
  'wrong-key': '401 for a wrong key',
  'unknown-model': '404 for an unknown model',
  'retry-after': '429: the client waits as long as it was told, and tries again',
  'no-retry': '429 that no wait can help: the client does not try again',
  'joined-retry':
    "a lost connection: the client's own retry gets the answer of its first try, one call at the provider",
  'broken-stream': 'an error event in mid-stream is an error to the caller',
  'truncated-stream': 'a provider that breaks off is an error to the caller, not a short answer',
  'cut-stream':
    "the client's own connection destroyed in mid-stream is an error, not a short answer",
} as const

export type Feature = keyof typeof features

export const featureNames = Object.keys(features) as readonly Feature[]
