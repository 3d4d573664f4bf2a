import { files, type PlantedBug } from './planted-bug.ts'

const { http } = files

/** Tenants, repeated calls, and clients that leave. */
export const callerBugs: Readonly<Record<string, PlantedBug>> = {
  'tenant-filter-dropped': {
    breaks: 'whoever knows the id of a generation may read and cancel it',
    edits: [
      {
        file: `${http}/generations/find-generation.ts`,
        find: '  return caller.tenantId === tenantId && caller.keyId === keyId\n',
        replace: '  return caller.tenantId === tenantId || caller.keyId !== keyId\n',
      },
    ],
  },
  'attach-to-foreign-tenant': {
    breaks: 'the Idempotency-Key of one tenant finds the answer of another',
    edits: [
      {
        file: `${http}/repetition.ts`,
        find: "    key: hash('sha256', [kind, tenantId, keyId, route, name].join('\\n')),\n",
        replace: "    key: hash('sha256', [kind, route, name].join('\\n')),\n",
      },
      {
        file: `${http}/generations/find-generation.ts`,
        find: '  return caller.tenantId === tenantId && caller.keyId === keyId\n',
        replace: '  return caller.tenantId === tenantId || caller.keyId !== keyId\n',
      },
    ],
  },
  'dedupe-off': {
    breaks: 'an Idempotency-Key is not looked at',
    edits: [
      {
        file: `${http}/inference.ts`,
        find: '  const attach = repetition && attachOf(repetition, endpoint.route, caller, json())\n',
        replace:
          "  const attach = repetition?.kind !== 'retry' ? null : attachOf(repetition, endpoint.route, caller, json())\n",
      },
    ],
  },
  'retry-not-attached': {
    breaks: "an SDK's retry is a call of its own while the first one runs",
    edits: [
      {
        file: `${http}/inference.ts`,
        find: '  const attach = repetition && attachOf(repetition, endpoint.route, caller, json())\n',
        replace:
          "  const attach = repetition === null || repetition.kind === 'retry' ? null : attachOf(repetition, endpoint.route, caller, json())\n",
      },
    ],
  },
  'key-without-body': {
    breaks: 'an Idempotency-Key answers another body than the one it came with',
    edits: [
      {
        file: `${http}/repetition.ts`,
        find: "  const bodyHash = hash('sha256', canonicalJson(body))\n",
        replace: "  const bodyHash = hash('sha256', kindless(repetition) ?? canonicalJson(body))\n",
      },
      {
        file: `${http}/repetition.ts`,
        find: 'const count = /^\\d{1,4}$/\n',
        replace:
          "const count = /^\\d{1,4}$/\nconst kindless = (repetition: Repetition) => (repetition.kind === 'idempotency' ? repetition.key : null)\n",
      },
    ],
  },
  'disconnect-ignored': {
    breaks: 'the generation of a client that left for good runs on',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: "  if (wish === 'continue') return\n",
        replace: "  if (wish !== 'grace') return\n",
      },
    ],
  },
  'leaving-ends-all': {
    breaks: 'the generation of a client that wanted it to go on is cancelled',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: "  if (wish === 'continue') return\n",
        replace: '',
      },
    ],
  },
  'keep-alive-after-end': {
    breaks: 'a stream that has ended but is not taken yet gets a keep-alive comment',
    edits: [
      {
        file: `${http}/open-calls.ts`,
        find: '      if (!silent || call.response.writableEnded || call.response.writableNeedDrain) continue\n',
        replace: '      if (!silent || call.response.writableNeedDrain) continue\n',
      },
    ],
  },
  'unknown-is-401': {
    breaks: 'a key that cannot be checked just now is called a wrong one',
    edits: [
      {
        file: `${http}/authenticate.ts`,
        find: '  const verdict = await asked\n',
        replace:
          "  const verdict = await asked.catch(() => ({ valid: false as const, reason: 'unknown' as const, revision: 0 }))\n",
      },
    ],
  },
  'unhandled-rejection': {
    breaks: 'nobody hears of a cancel that could not be delivered',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: '    await generations.leave(call.id, waits ? config.disconnectGraceMs : 0)\n',
        replace: '    void generations.leave(call.id, waits ? config.disconnectGraceMs : 0)\n',
      },
    ],
  },
}
