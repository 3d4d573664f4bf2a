-- accepted → failed, by the router. Arguments: retention; per item: id, state, calls; blobs: terminal, usage. Reply: one letter each, as `route`.
local function reject(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local retention = field()
  local push, when, taken, verdicts = outbox(base), agenda(base), acknowledgements(base), {}
  while more() do
    local id, state, calls, terminal, usage = field(), field(), field(), blob(), blob()
    local stored = load(base, id, { 'state', 'item', 'watchers', 'epoch', 'last', 'body_at' })
    if stored.state == 'accepted' then
      taken.add('requests', stored.item)
      conclude(base, push, when, id, stored, now, { state = state, json = terminal }, calls, usage, retention)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = stored.state and 's' or 'u'
    end
  end
  taken.send()
  when.send()
  push.send()
  return table.concat(verdicts)
end

register('reject', reject, { 'allow-oom' })
