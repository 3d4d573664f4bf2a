import type { Provider } from '@sluice/catalogue/catalogue'
import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'

export interface AddressedCall {
  readonly wire: WireName
  readonly upstreamModel: string
  readonly stream: boolean
}

/**
 * The address of a call. `usual`: what the wire makes of a base URL. Two clouds put more before the wire's own path, and one of them another
 * method behind it.
 */
export function addressOf(
  { baseUrl, options }: Pick<Provider, 'baseUrl' | 'options'>,
  call: AddressedCall,
  usual: (baseUrl: string) => string,
): string {
  const { apiVersion, project, location } = options
  if (project !== undefined && location !== undefined) {
    const parent = `${baseUrl}/v1/projects/${pathMember(project)}/locations/${pathMember(location)}`
    return vertexAddress(parent, call, usual(baseUrl))
  }
  if (apiVersion === undefined) return usual(baseUrl)
  const query = `api-version=${encodeURIComponent(apiVersion)}`
  return `${usual(azureBase(baseUrl, call))}?${query}`
}

/** Dated versions address a deployment, but for the Responses API, which names it in the body; the one without a date has the paths of OpenAI. */
function azureBase(baseUrl: string, { wire, upstreamModel }: AddressedCall): string {
  if (baseUrl.endsWith('/openai/v1')) return baseUrl
  if (wire === 'openai-responses') return `${baseUrl}/openai`
  return `${baseUrl}/openai/deployments/${pathMember(upstreamModel)}`
}

/** One more member of the path tells whose model it is. Gemini's methods are those of its own API, Anthropic's are Vertex's. */
function vertexAddress(parent: string, call: AddressedCall, usual: string): string {
  const model = pathMember(call.upstreamModel.replace(/^models\//, ''))
  if (call.wire === 'anthropic-messages') {
    const method = call.stream ? 'streamRawPredict' : 'rawPredict'
    return `${parent}/publishers/anthropic/models/${model}:${method}`
  }
  const method = usual.slice(usual.lastIndexOf(':') + 1)
  return `${parent}/publishers/google/models/${model}:${method}`
}

/** As one member of a path, whatever it is: T61. */
function pathMember(text: string): string {
  if (text === '' || text === '.' || text === '..')
    throw new GatewayError(wireErrors.invalid_request, 'the name of the model is no name', {
      param: 'model',
    })
  return encodeURIComponent(text).replaceAll('%40', '@')
}
