/** Used only when a provider reported nothing; a count made from it is marked `estimated`. About right for English, poor elsewhere. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / 4)
}
