import process from 'node:process'
import { GatewayError, kernelErrors } from './errors.ts'

export interface RunningProcess extends AsyncDisposable {
  /** Called at the first signal, before disposal: readiness off, then wait for the platform to notice. */
  beginDrain?(): Promise<void>
  /** Time for running work to end; a process whose disposal takes clearly longer is ended with exit code 1. */
  readonly shutdownTimeoutMs: number
}

/** Beyond the shutdown time: what closing pools, caches and the database may take. */
const releaseMs = 5_000

/**
 * One Ctrl-C reaches a process behind a launcher twice: through the process group, and handed on by the launcher, which cannot know that. A
 * signal so soon after the first is taken for its echo.
 */
const echoMs = 500

/**
 * Owns a process: starts it, drains it on the first SIGTERM or SIGINT, ends at once on the second, exits 0 when everything was released,
 * 1 at the deadline, 2 when the configuration is not valid. The only place that installs signal handlers or exits.
 */
export function run(start: () => Promise<RunningProcess>): void {
  const stopRequested = Promise.withResolvers<NodeJS.Signals>()
  let firstSignalAt: number | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    const isEcho =
      process.env['SLUICE_LAUNCHER'] !== undefined && now - (firstSignalAt ?? now) < echoMs
    if (firstSignalAt !== null && !isEcho) process.exit(1)
    firstSignalAt ??= now
    stopRequested.resolve(signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  const main = async () => {
    const running = await start()
    await stopRequested.promise
    await running.beginDrain?.()
    const deadlineMs = running.shutdownTimeoutMs + releaseMs
    const lastResort = setTimeout(() => {
      process.stderr.write(`not drained within ${String(deadlineMs)} ms, ending anyway\n`)
      process.exit(1)
    }, deadlineMs)
    lastResort.unref()
    await running[Symbol.asyncDispose]()
    process.exitCode = 0
    setTimeout(() => process.exit(0), 500).unref()
  }

  main().catch((error: unknown) => {
    if (GatewayError.is(error) && error.code === kernelErrors.invalid_configuration.code) {
      process.stderr.write(`${error.message}\n`)
      process.exit(2)
    }
    if (GatewayError.is(error) && error.code === kernelErrors.dependency_unavailable.code) {
      process.stderr.write(`${error.message}\n`)
      process.exit(1)
    }
    process.stderr.write(
      `${Error.isError(error) ? (error.stack ?? error.message) : String(error)}\n`,
    )
    process.exit(1)
  })
}
