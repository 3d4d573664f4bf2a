import type { Finish, StreamPart } from '@sluice/wire/canonical-reply'
import { type JsonObject, stringOrNull } from '@sluice/wire/json'
import type { CallIds } from '@sluice/wire/tool-identity'
import { decodeAnswer } from './decode-contents.ts'
import { decodeFinish } from './finish-reason.ts'
import { listMember, member, objectMember } from './member.ts'
import { PartialCall } from './partial-call.ts'

interface CallHead {
  readonly id: string
  readonly name: string
  readonly signature?: string | undefined
}

export interface CandidateHooks {
  emit(part: StreamPart): void
  /** A call was begun and not ended (T08). */
  brokenCall(): void
}

/** The parts of one candidate, as they come in its events. */
export class CandidateDecoder {
  readonly #ids: CallIds
  readonly #hooks: CandidateHooks
  #calls = 0
  /** The call whose arguments are coming in pieces. */
  #open: PartialCall | null = null

  constructor(ids: CallIds, hooks: CandidateHooks) {
    this.#ids = ids
    this.#hooks = hooks
  }

  end(finish: string): Finish {
    // A call may never be closed (T08).
    this.#close(finish === 'MAX_TOKENS')
    return decodeFinish(finish, this.#calls > 0)
  }

  read(part: JsonObject): void {
    const call = objectMember(part, 'functionCall')
    if (call && this.#onPiece(call, part)) return
    // Other parts may stand between the pieces of a call; a whole call may not.
    if (call) this.#close(false)
    for (const decoded of decodeAnswer(part, { callId: (given) => this.#ids.next(given) })) {
      switch (decoded.type) {
        case 'text':
        case 'refusal':
          this.#hooks.emit({ type: 'text', text: decoded.text })
          break
        case 'reasoning': {
          const { text, signature } = decoded
          if (text !== '') this.#hooks.emit({ type: 'reasoning', text })
          if (signature !== undefined) {
            this.#hooks.emit({ type: 'reasoning-signature', signature, origin: 'gemini' })
          }
          break
        }
        case 'tool-call': {
          this.#emit(decoded, decoded.arguments)
        }
      }
    }
  }

  /** True for a part that begins, continues or closes a call whose arguments come in pieces. */
  #onPiece(call: JsonObject, part: JsonObject): boolean {
    const name = stringOrNull(call['name'])
    const goesOn = member(call, 'willContinue')
    const hasPieces = listMember(call, 'partialArgs').length > 0
    if (name !== null) {
      if (goesOn !== true && !hasPieces) return false
      this.#close(false)
      const signature = stringOrNull(member(part, 'thoughtSignature'))
      this.#open = new PartialCall(name, stringOrNull(call['id']), signature)
    } else if (!this.#open) return true
    this.#open.signature ??= stringOrNull(member(part, 'thoughtSignature'))
    this.#open.read(call)
    if (goesOn === false || (name === null && goesOn !== true && !hasPieces)) this.#close(false)
    return true
  }

  #close(isCutByLimit: boolean): void {
    const call = this.#open
    this.#open = null
    if (!call) return
    if (!call.isComplete && !isCutByLimit) {
      this.#hooks.brokenCall()
      return
    }
    const { name, signature } = call
    const head = { id: this.#ids.next(call.id), name, signature: signature ?? undefined }
    this.#emit(head, call.argumentsText())
  }

  #emit({ id, name, signature }: CallHead, text: string): void {
    const index = this.#calls++
    const signed = signature === undefined ? {} : { signature }
    this.#hooks.emit({ type: 'tool-call', index, id, name, ...signed })
    this.#hooks.emit({ type: 'tool-arguments', index, text })
  }
}
