import { openDatabase, openEventLog } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger } from '@sluice/kernel/logger'
import { type CommandContext, print } from './command.ts'

export async function applyTopics(context: CommandContext): Promise<void> {
  const config = readAdaptersConfig(context.env, 0)
  const dependencies = {
    clock: systemClock,
    logger: createLogger({ service: 'cli', level: 'silent' }),
  }
  await using database = await openDatabase(config)
  await using events = await openEventLog(config, database, dependencies)
  await events.createTopics(allTopics)
  const names = allTopics.map((topic) => topic.name)
  print(
    context,
    { topics: names, eventLog: events.adapter },
    `On ${events.adapter}: ${names.join(', ')}`,
  )
}
