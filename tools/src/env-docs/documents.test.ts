import { expect, test } from '@jest/globals'
import { readSourceFiles } from '../check/source-files.ts'
import { readEnvironmentModules } from './environment-modules.ts'
import { envDocs, envExample } from './write-env-docs.ts'

test('a setting is shown with its default, its meaning and what it takes, in both documents', async () => {
  const files = readSourceFiles().filter(({ path }) => path.startsWith('packages/adapters/'))
  const modules = await readEnvironmentModules(files)
  const [redis] = modules.flatMap(({ settings }) => settings)
  expect(redis).toEqual({
    name: 'REDIS_URL',
    description: 'Redis: generations and work queue (absent: in memory)',
    default: null,
    values: '',
  })
  const level = modules
    .flatMap(({ settings }) => settings)
    .find(({ name }) => name === 'OBSERVABILITY_ENABLED')
  expect(level).toMatchObject({ default: 'true', values: 'true, false' })
  expect(envDocs(modules)).toMatch(/\| `PORT` \| `3000` \| .*; 0 to 65535 \|/)
  expect(envExample(modules)).toMatch(/^# .+\n#PORT=3000$/m)
})
