/** The base URL may end in a version or not; without one it is the one that has every feature. */
export function modelUrl(baseUrl: string, model: string, method: string): string {
  const base = baseUrl.replace(/\/+$/, '')
  const versioned = /\/v\d+(?:alpha|beta)?\d*$/.test(base) ? base : `${base}/v1beta`
  return `${versioned}/${modelPath(model)}:${method}`
}

/** What a chat call is called, at the Generative Language API and at Vertex alike. */
export function chatMethod(stream: boolean): string {
  return stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
}

/** `models/` belongs to the name, but callers and rows leave it out. What a name contains can lead to no other path (T61). */
export function modelPath(model: string): string {
  const [collection, name] = /^(?:models|tunedModels)\/./.test(model)
    ? [model.slice(0, model.indexOf('/')), model.slice(model.indexOf('/') + 1)]
    : ['models', model]
  return `${collection}/${encodeURIComponent(name)}`
}
