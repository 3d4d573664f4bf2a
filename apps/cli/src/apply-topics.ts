import { openDatabase, openEventLog, openTopicAdmin } from '@sluice/adapters/adapters'
import { type AdaptersConfig, readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { TopicPlan } from '@sluice/event-log-kafka/topic-admin'
import type { EventLog } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { withNames } from '@sluice/event-log/renamed-topics'
import { systemClock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { cliErrors, type CommandContext, print } from './command.ts'

export interface ApplyTopicsOptions {
  readonly dryRun?: boolean
  readonly update?: boolean
}

/** What was, or would be, done about one topic. */
interface TopicReport {
  readonly name: string
  readonly action: 'create' | 'update' | 'none'
  readonly differences: TopicPlan['differences']
}

/** With `--dry-run` nothing is changed, and a topic that is missing or differs is exit code 3. */
export async function applyTopics(
  context: CommandContext,
  { dryRun = false, update = false }: ApplyTopicsOptions,
): Promise<void> {
  const config = readAdaptersConfig(context.env, 0)
  const plans = config.kafka
    ? await applyToKafka(config, { dryRun, update })
    : await applyToDatabase(config, dryRun)
  const reports = plans.map((plan) => reportOn(plan, update))
  const on = config.kafka ? 'kafka' : 'database'
  print(
    context,
    { eventLog: on, dryRun, topics: reports },
    [`On ${on}:`, ...reports.map((report) => sentence(report, dryRun))].join('\n'),
  )
  const open = reports.filter(
    ({ action, differences }) => action !== 'none' || differences.length > 0,
  )
  if (dryRun && open.length > 0) {
    const names = open.map(({ name }) => name).join(', ')
    throw new GatewayError(cliErrors.topics_differ, `missing or other than agreed: ${names}`)
  }
}

const dependencies = () => ({
  clock: systemClock,
  logger: createLogger({ service: 'cli', level: 'silent' }),
})

async function applyToKafka(
  config: AdaptersConfig,
  { dryRun, update }: Required<ApplyTopicsOptions>,
): Promise<readonly TopicPlan[]> {
  await using admin = await openTopicAdmin(config, dependencies())
  if (!admin) return []
  const plans = await admin.plan(withNames(allTopics, config.kafka?.topicNames ?? {}))
  if (!dryRun) await admin.apply(plans, { update })
  return plans
}

/** There the gateway is the only user of its topics: what exists is as it was made. */
async function applyToDatabase(
  config: AdaptersConfig,
  dryRun: boolean,
): Promise<readonly TopicPlan[]> {
  await using database = await openDatabase(config)
  await using events = await openEventLog(config, database, dependencies())
  const plans: TopicPlan[] = []
  for (const topic of allTopics)
    plans.push({ topic, exists: await isThere(events, topic), differences: [] })
  if (!dryRun) await events.createTopics(allTopics)
  return plans
}

async function isThere(events: EventLog, { name }: TopicLayout): Promise<boolean> {
  try {
    await events.read(name, 0, 0n, 0)
    return true
  } catch (error) {
    if (GatewayError.is(error) && error.code === eventLogErrors.unknown_topic.code) return false
    throw error
  }
}

function reportOn(
  { topic: { name }, exists, differences }: TopicPlan,
  update: boolean,
): TopicReport {
  const isSet = update && differences.some(({ canBeSet }) => canBeSet)
  return { name, action: exists ? (isSet ? 'update' : 'none') : 'create', differences }
}

function sentence({ name, action, differences }: TopicReport, dryRun: boolean): string {
  if (action === 'create') return `${dryRun ? 'would create' : 'created'} ${name}`
  if (differences.length === 0) return `as agreed ${name}`
  const notes = differences.map(({ setting, is, wanted, canBeSet }) => {
    const difference = `${setting} is ${is}, its contract says ${wanted}`
    if (!canBeSet) return `${difference} (never changed: keys would move and lose their order)`
    if (action === 'update') return `${difference} (${dryRun ? 'would be set' : 'set'})`
    return `${difference} (--update sets it)`
  })
  return [`differs ${name}`, ...notes].join('\n  ')
}
