import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { Upstream, UpstreamRequest, UpstreamSink } from './upstream.ts'

export interface CollectedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const defaultMaxBytes = 32 * 1024 * 1024

/** A whole reply in memory, whatever its status. Rejects with a `GatewayError`: `wire_event_too_large` when it outgrows `maxBytes`, also while it still comes. */
export function collectReply(
  upstream: Upstream,
  request: UpstreamRequest,
  { maxBytes = defaultMaxBytes, signal }: { maxBytes?: number; signal?: AbortSignal } = {},
): Promise<CollectedReply> {
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: Readonly<Record<string, string>> = {}
    let size = 0
    const chunks: Buffer[] = []
    const onAbort = () => {
      call.abort()
      reject(signal?.reason as Error)
    }
    const sink: UpstreamSink = {
      onHead(replyStatus, replyHeaders) {
        status = replyStatus
        headers = replyHeaders
      },
      onData(chunk) {
        size += chunk.length
        chunks.push(chunk)
        if (size <= maxBytes) return
        call.abort()
        const limit = `the reply is larger than ${String(maxBytes)} bytes`
        this.onError(new GatewayError(wireErrors.wire_event_too_large, limit))
      },
      onEnd() {
        signal?.removeEventListener('abort', onAbort)
        resolve({ status, headers, body: Buffer.concat(chunks) })
      },
      onError(error) {
        signal?.removeEventListener('abort', onAbort)
        reject(error)
      },
    }
    const call = upstream.call(request, sink)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
