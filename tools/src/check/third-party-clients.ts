import type { Check } from './check.ts'
import { importsOf, thirdParty } from './imports.ts'
import { isTypeScript } from './source-files.ts'

/** A vendor's own SDK reads what we write, in tests; the product speaks to vendors over plain HTTP. */
const tests = /\.test\.ts$/

/** Where a client library may be imported: replacing it must cost one package. Tools and black-box tests talk to servers directly. */
const owners: Readonly<Record<string, RegExp>> = {
  kafkajs: /^packages\/(event-log-kafka|lake-flink\/test|outbox\/test)\//,
  ioredis: /^packages\/[^/]+-redis\//,
  pg: /^packages\/(store-postgres|lake-flink\/test)\//,
  '@electric-sql/pglite': /^packages\/store-postgres\//,
  express: /^services\/ingress\//,
  undici: /^packages\/upstream\//,
  openai: tests,
  '@anthropic-ai/sdk': tests,
  '@google/genai': tests,
  ollama: tests,
  commander: /^apps\/cli\//,
  pino: /^packages\/kernel\//,
}

const everywhere = /^(tools|e2e|examples)\//

export const thirdPartyClients: Check = {
  name: 'client libraries',
  run: (files) =>
    files
      .filter((file) => isTypeScript(file) && !everywhere.test(file.path))
      .flatMap((file) =>
        importsOf(file).flatMap(({ specifier, line }) => {
          const library = thirdParty(specifier)
          const owner = library === null ? undefined : owners[library]
          if (!owner || owner.test(file.path)) return []
          const message = `${library ?? ''} is imported only where ${owner.source} matches`
          return [{ file: file.path, line, message }]
        }),
      ),
}
