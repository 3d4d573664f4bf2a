import type { z } from 'zod'

/** One question that one service answers for others, over the work queue. Both sides validate. */
export interface Rpc<Request, Reply> {
  /** `<service>.<verb>`; also the queue's name. */
  readonly name: string
  readonly request: z.ZodType<Request>
  readonly reply: z.ZodType<Reply>
}

export function defineRpc<Request, Reply>(rpc: Rpc<Request, Reply>): Rpc<Request, Reply> {
  return Object.freeze(rpc)
}
