import { isObject, type JsonObject } from '@sluice/wire/json'

/** As many answers as OpenAI gives to one call: a number beyond is a mistake that would cost memory. */
export const maxChoices = 128

/** Which answer of several; null = none that there can be. Vendors that give one leave the number out. */
export function choiceIndex({ index }: JsonObject): number | null {
  if (index === undefined || index === null) return 0
  const isPlace = Number.isInteger(index) && (index as number) >= 0
  return isPlace && (index as number) < maxChoices ? (index as number) : null
}

/** The answers of a whole reply, each in its place; one without a number stands where it stands. */
export function choicesIn(reply: unknown): JsonObject[] {
  const { choices } = isObject(reply) ? reply : {}
  const found = (Array.isArray(choices) ? (choices as unknown[]) : []).filter((each) =>
    isObject(each),
  )
  const place = ({ index }: JsonObject, position: number) =>
    typeof index === 'number' ? index : position
  return found
    .map((choice, position) => ({ choice, at: place(choice, position) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ choice }) => choice)
}
