/** How a coding agent is pointed at the gateway: by its own settings. */
export interface AgentSetup {
  /** The gateway, without `/v1`. */
  readonly api: string
  readonly key: string
  readonly model: string
  /** Its home: settings, sessions, caches. */
  readonly home: string
}

export interface AgentRun {
  /** Files that it reads, by their path in its home. */
  readonly files: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** What is run before, once: settings that have a command of their own. */
  readonly prepare?: readonly string[]
  readonly args: readonly string[]
}

export interface Agent {
  readonly title: string
  /** On npm. */
  readonly package: string
  readonly version: string
  /** Of `node_modules/.bin`. */
  readonly program: string
  /** The route that it must have called. */
  readonly route: RegExp
  readonly run: (setup: AgentSetup) => AgentRun
}

const prompt = 'Tell me about sluices. Use no tool.'

export const agents: readonly Agent[] = [
  {
    title: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.330',
    program: 'claude',
    route: /\/v1\/messages/,
    run: ({ api, key, model }) => ({
      files: {},
      env: {
        ANTHROPIC_BASE_URL: api,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_MODEL: model,
        ANTHROPIC_SMALL_FAST_MODEL: model,
        DISABLE_AUTOUPDATER: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
      args: ['--print', prompt],
    }),
  },
  {
    title: 'Codex CLI',
    package: '@openai/codex',
    version: '0.169.0',
    program: 'codex',
    route: /\/v1\/responses/,
    run: ({ api, key, model }) => ({
      files: {
        '.codex/config.toml': [
          `model = "${model}"`,
          'model_provider = "sluice"',
          '[model_providers.sluice]',
          'name = "Sluice"',
          `base_url = "${api}/v1"`,
          'wire_api = "responses"',
          'env_key = "SLUICE_KEY"',
        ].join('\n'),
      },
      env: { SLUICE_KEY: key },
      args: ['exec', '--skip-git-repo-check', prompt],
    }),
  },
  {
    title: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    program: 'opencode',
    route: /\/v1\/chat\/completions/,
    run: ({ api, key, model }) => ({
      files: {
        '.config/opencode/opencode.json': JSON.stringify({
          provider: {
            sluice: {
              npm: '@ai-sdk/openai-compatible',
              name: 'Sluice',
              options: { baseURL: `${api}/v1`, apiKey: key },
              models: { [model]: { name: model } },
            },
          },
        }),
      },
      env: { OPENCODE_DISABLE_AUTOUPDATE: '1' },
      args: ['run', '--model', `sluice/${model}`, prompt],
    }),
  },
  {
    title: 'Continue CLI',
    package: '@continuedev/cli',
    version: '1.5.47',
    program: 'cn',
    route: /\/v1\/chat\/completions/,
    run: ({ api, key, model }) => ({
      files: {
        'continue.yaml': [
          'name: sluice',
          'version: 0.0.1',
          'schema: v1',
          'models:',
          '  - name: sluice',
          '    provider: openai',
          `    model: ${model}`,
          `    apiBase: ${api}/v1`,
          `    apiKey: ${key}`,
          '    roles: [chat]',
        ].join('\n'),
      },
      env: { CONTINUE_TELEMETRY_ENABLED: '0' },
      args: ['--config', 'continue.yaml', '--print', prompt],
    }),
  },
  {
    title: 'Cline CLI',
    package: 'cline',
    version: '3.0.65',
    program: 'cline',
    route: /\/v1\/chat\/completions/,
    run: ({ api, key, model }) => ({
      files: {},
      env: { CLINE_TELEMETRY_DISABLED: '1' },
      prepare: [
        ['auth', '--provider', 'openai-compatible', '--apikey', key],
        ['--modelid', model, '--baseurl', `${api}/v1`],
      ].flat(),
      args: ['--provider', 'openai-compatible', '--model', model, prompt],
    }),
  },
]
