import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { z } from 'zod'
import { repository } from '../repository.ts'
import { serviceNames } from '../services.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')

describe('M-317: docker-compose.yml', () => {
  const document: unknown = parse(read('docker-compose.yml'), { merge: true })
  const { services } = z
    .object({
      services: z.record(
        z.string(),
        z.object({
          profiles: z.array(z.string()),
          image: z.string(),
          build: z.unknown().optional(),
          ports: z.array(z.string()).default([]),
          healthcheck: z.unknown().optional(),
          depends_on: z.record(z.string(), z.unknown()).default({}),
        }),
      ),
    })
    .parse(document)

  test('is valid by the Compose Specification', () => {
    const schema = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(read('tools/src/check/__fixtures__/compose-spec.schema.json')))
    delete schema['$schema'] // draft-07 by an address that ajv does not know as such
    const isValid = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
      schema,
    )
    isValid(document)
    expect(isValid.errors).toBeNull()
  })

  test('publishes ports on the loopback address only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports)
    expect(ports.length).toBeGreaterThan(0)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  test('has the profiles core, stores and split, and each holds what its services depend on', () => {
    const profiles = new Set(Object.values(services).flatMap((service) => service.profiles))
    expect([...profiles].toSorted()).toEqual(['core', 'split', 'stores'])
    for (const { profiles: own, depends_on } of Object.values(services))
      for (const name of Object.keys(depends_on))
        expect(services[name]?.profiles).toEqual(expect.arrayContaining(own))
  })

  test('starts every service apart', () => {
    for (const name of serviceNames()) expect(services[name]?.profiles).toEqual(['split'])
  })

  test('pins what it does not build, and checks the health of all that keeps running', () => {
    const foreign = Object.values(services).filter(({ build }) => build === undefined)
    expect(foreign.map(({ image }) => image)).toHaveLength(3)
    for (const { image } of foreign) expect(image).toMatch(/:\d+\.\d+\.?\d*/)
    const withoutHealth = Object.entries(services).filter(([, service]) => !service.healthcheck)
    expect(withoutHealth.map(([name]) => name)).toEqual(['migrate', 'topics'])
  })
})

describe('Dockerfile', () => {
  const dockerfile = read('deploy/docker/Dockerfile')
  const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line))
  const of = (name: string) => instructions.filter((line) => line.startsWith(`${name} `))

  test('has nothing that the linter knows to be wrong', () => {
    expect(validate(dockerfile)).toEqual([])
  })

  test('takes its bases by digest', () => {
    const bases = of('FROM').map((line) => line.split(' ')[1] ?? '')
    const stages = of('FROM').flatMap((line) => / AS (\S+)/.exec(line)?.[1] ?? [])
    const defaults = new Map(
      of('ARG').map((line) => /^ARG (\w+)=?(.*)/.exec(line)?.slice(1, 3) as [string, string]),
    )
    for (const base of bases.filter((name) => !stages.includes(name)))
      expect(defaults.get(base.replace(/^\$\{(.*)\}$/, '$1'))).toMatch(/@sha256:[0-9a-f]{64}$/)
  })

  test('runs as a user that is not root, by number, so that a platform can check it', () => {
    expect(of('USER').at(-1)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/)
  })

  test('carries no secret: none by argument, none by environment, and no .env of the builder', () => {
    const secret = /KEY|TOKEN|SECRET|PASSWORD/
    expect([...of('ARG'), ...of('ENV')].filter((line) => secret.test(line))).toEqual([])
    expect(read('.dockerignore').split('\n')).toContain('.env')
  })

  test('uses the pnpm and the turbo of the workspace', () => {
    const { packageManager } = z
      .object({ packageManager: z.string() })
      .parse(JSON.parse(read('package.json')))
    const { catalog } = z
      .object({ catalog: z.record(z.string(), z.string()) })
      .parse(parse(read('pnpm-workspace.yaml')))
    expect(of('RUN')[0]).toBe(
      `RUN npm install --global ${packageManager} turbo@${catalog['turbo'] ?? ''}`,
    )
  })
})
