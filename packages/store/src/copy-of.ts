/** Serialised like a database does it: what a caller changes later is not changed here. */
export function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}
