import type { EnvironmentModule, Setting } from './environment-modules.ts'

const docsHead = `<!-- Written by \`npm run env-docs\` from the schemas in the code; edits here are lost. -->

# Environment variables

An empty value is unset. A value that does not parse ends the start with one line per problem. Every variable can be given as \`<NAME>_FILE\`, the
path of a file that holds it: for secrets.
`

export function envDocs(modules: readonly EnvironmentModule[]): string {
  return [docsHead, ...modules.map(section)].join('\n')
}

function section({ title, path, comment, settings }: EnvironmentModule): string {
  const intro = `${comment ? `${comment} ` : ''}([${path}](../${path}))`
  const head = ['| Variable | Default | Meaning |', '|---|---|---|']
  return [`## ${title}`, '', intro, '', ...head, ...settings.map(row), ''].join('\n')
}

function row({ name, default: fallback, description, values }: Setting): string {
  const shown = fallback === null ? '' : `\`${cell(fallback)}\``
  return `| \`${name}\` | ${shown} | ${cell(description)}${values ? `; ${values}` : ''} |`
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}

const exampleHead = `# Written by \`npm run env-docs\` from the schemas in the code. Copy to .env and take away the # of what you set.
`

/** Each variable once: several files may read the same one. */
export function envExample(modules: readonly EnvironmentModule[]): string {
  const seen = new Set<string>()
  const lines = [exampleHead]
  for (const { title, settings } of modules) {
    const fresh = settings.filter(({ name }) => !seen.has(name))
    if (fresh.length === 0) continue
    lines.push(`## ${title}`, '')
    for (const { name, description, default: fallback } of fresh) {
      seen.add(name)
      lines.push(`# ${description}`, `#${name}=${fallback ?? ''}`, '')
    }
  }
  return `${lines.join('\n').trimEnd()}\n`
}
