/** Answers `--help` and `-h` with `usage` and ends the process; called before anything is done. */
export function answerHelp(usage: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}

/** For a command without arguments: what was meant by one is not known, so nothing is done. */
export function takeNoArguments(usage: string): void {
  answerHelp(usage)
  if (process.argv.length > 2) refuse(`Unknown argument ${String(process.argv[2])}`, usage)
}

/** Ends a call that is not valid. */
export function refuse(problem: string, usage: string): never {
  process.stderr.write(`${problem}\n\n${usage}\n`)
  process.exit(2)
}
