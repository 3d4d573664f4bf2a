/**
 * How a scalar of an event becomes a column's value, whoever writes the lake. Its text is a string as it is, `true` or `false`, or a number with
 * all its digits; what is no text of the column's type is null, so that an event whose required member has another type goes to quarantine.
 * Nothing is rounded, cut off or guessed: `1.5` and `1e3` are no integers, and `yes` is no boolean.
 */
export const integerPattern = '-?[0-9]{1,19}'

/** Unix ms in digits; from the year 10000 on most readers fail on the whole file, so there is no such time. */
export const timePattern = '[0-9]{1,15}'
export const lastTimeMs = 253_402_300_799_999

/** What is no JSON although its grammar is: the limits of the parser in Flink. */
export const jsonLimits = {
  /** Objects and lists in each other. */
  depth: 999,
  /** Of a number. */
  characters: 1_000,
  /** Of a member's name. */
  nameCharacters: 50_000,
} as const
