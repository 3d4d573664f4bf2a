/** `<epoch>-<seq>`, or `<epoch>-<seq>.<part>` where one entry holds several events. */
export interface Place {
  readonly epoch: number
  readonly seq: number
  /** Null: the entry holds one event, or (as a cursor) all of them are behind. */
  readonly part: number | null
}

export function placeOf(id: string): Place | null {
  const match = /^(\d+)-(\d+)(?:\.(\d+))?$/.exec(id)
  if (!match) return null
  return {
    epoch: Number(match[1]),
    seq: Number(match[2]),
    part: match[3] === undefined ? null : Number(match[3]),
  }
}

/** Whether `next` may come directly behind `place`. How many parts an entry has, only its words can tell. */
export function follows(place: Place | null, next: Place): boolean {
  if (place === null) return next.seq === 1 && startsEntry(next)
  if (next.epoch < place.epoch) return false
  if (next.epoch > place.epoch) return startsEntry(next)
  if (next.seq === place.seq) return place.part !== null && next.part === place.part + 1
  return next.seq === place.seq + 1 && startsEntry(next)
}

function startsEntry({ part }: Place): boolean {
  return part === null || part === 0
}
