export { bedrockConverse } from './converse.ts'
export { bedrockInvoke } from './invoke.ts'
