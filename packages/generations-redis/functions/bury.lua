-- Ends what a sweep named, unless it has moved on since. Arguments: retention; per item: id, state and epoch as the sweep saw them,
-- terminal state, terminal, usage. Reply: one letter each: `o` ended, `s` moved on.
local function bury(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local retention = field()
  local push, taken, verdicts = outbox(base), acknowledgements(base), {}
  while more() do
    local id, state, epoch, terminal_state, terminal, usage = field(), field(), field(), field(), field(), field()
    local stored = redis.call('HMGET', base .. id, 'state', 'item', 'pool', 'watchers', 'epoch', 'last', 'owner')
    local renewed = state == 'running' and tonumber(redis.call('ZSCORE', base .. 'due', id) or 0) > now
    if stored[1] == state and (stored[5] or '') == epoch and not renewed then
      if state == 'running' then
        push.add(stored[7], 'lost', id, epoch)
      else
        taken.add(stream_of(state, stored[3]), stored[2])
      end
      conclude(base, push, id, { watchers = stored[4], epoch = stored[5], last = stored[6] }, now,
        { state = terminal_state, json = terminal }, usage, retention)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = 's'
    end
  end
  taken.send()
  push.send()
  return table.concat(verdicts)
end

register('bury', bury, { 'allow-oom' })
