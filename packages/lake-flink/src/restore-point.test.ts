import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { forgetOldJobs, newestRestorePoint } from './restore-point.ts'

describe('where a start goes on', () => {
  let dir = ''

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-restore-'))
  })

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  async function point(path: string, writtenAt: number | null): Promise<string> {
    const folder = join(dir, path)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'state'), '')
    if (writtenAt !== null) {
      await writeFile(join(folder, '_metadata'), '')
      await utimes(join(folder, '_metadata'), writtenAt, writtenAt)
    }
    return folder
  }

  test('M-262: nothing is there: nowhere', () => {
    expect(newestRestorePoint(dir)).toBeNull()
  })

  test('M-262: the newest of all jobs’ checkpoints and savepoints that is complete', async () => {
    await point('checkpoints/a/chk-9', 100)
    const savepoint = await point('savepoints/savepoint-a', 200)
    await point('checkpoints/b/chk-2', null)
    expect(newestRestorePoint(dir)).toBe(savepoint)
    const newest = await point('checkpoints/b/chk-3', 300)
    expect(newestRestorePoint(dir)).toBe(newest)
  })

  test('jobs long over are removed, never the newest', async () => {
    for (const n of [1, 2, 3, 4, 5]) await point(`checkpoints/job-${String(n)}/chk-1`, n * 100)
    await forgetOldJobs(dir)
    expect(newestRestorePoint(dir)).toBe(join(dir, 'checkpoints/job-5/chk-1'))
    await rm(join(dir, 'checkpoints/job-5'), { recursive: true })
    await rm(join(dir, 'checkpoints/job-4'), { recursive: true })
    await rm(join(dir, 'checkpoints/job-3'), { recursive: true })
    expect(newestRestorePoint(dir)).toBeNull()
  })
})
