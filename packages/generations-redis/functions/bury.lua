-- Ends what a sweep named, unless it has moved on since. Arguments: retention; per item: id, state and epoch as the sweep saw them,
-- terminal state, calls; blobs: terminal, usage. Reply: one letter each: `o` ended, `s` moved on.
local function bury(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local retention = field()
  local push, when, taken, verdicts = outbox(base), agenda(base), acknowledgements(base), {}
  while more() do
    local id, state, epoch, terminal_state, calls = field(), field(), field(), field(), field()
    local terminal, usage = blob(), blob()
    local stored = load(base, id, { 'state', 'item', 'pool', 'watchers', 'epoch', 'last', 'owner', 'body_at' })
    local renewed = state == 'running' and tonumber(redis.call('ZSCORE', base .. 'due', id) or 0) > now
    if stored.state == state and (stored.epoch or '') == epoch and not renewed then
      if state == 'running' then
        push.add(stored.owner, 'lost', id, epoch)
      else
        taken.add(stream_of(state, stored.pool), stored.item)
      end
      conclude(base, push, when, id, stored, now, { state = terminal_state, json = terminal }, calls, usage, retention)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = 's'
    end
  end
  taken.send()
  when.send()
  push.send()
  return table.concat(verdicts)
end

register('bury', bury, { 'allow-oom' })
