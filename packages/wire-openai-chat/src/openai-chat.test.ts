import { describeWireFormat } from '@sluice/wire-testing'
import { openAiChat } from './openai-chat.ts'

describeWireFormat({ format: openAiChat })
