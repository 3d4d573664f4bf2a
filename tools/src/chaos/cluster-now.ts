import { readFileSync } from 'node:fs'
import { z } from 'zod'

const ClusterNow = z.object({
  stores: z.object({ redis: z.string(), postgres: z.string(), kafka: z.string() }),
  processes: z.array(
    z.object({
      service: z.string(),
      replica: z.int(),
      pid: z.int(),
      observability: z.string().nullable(),
      log: z.string(),
    }),
  ),
})
export type ClusterNow = z.infer<typeof ClusterNow>
export type RunningProcess = ClusterNow['processes'][number]

/** What runs at this moment: the file is replaced whenever a process is. */
export function clusterNow(clusterJson: string): ClusterNow {
  return ClusterNow.parse(JSON.parse(readFileSync(clusterJson, 'utf8')))
}
