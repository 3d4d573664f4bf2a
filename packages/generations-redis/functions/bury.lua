-- Ends what a sweep named, unless it has moved on since. Arguments: retention, shared; per item: id, state and epoch as the sweep saw them, an ending
-- (`read_ending`). Reply: one letter each: `o` ended, `s` moved on.
local function bury(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local push, ends, taken, verdicts = outbox(base), endings(base, now, field()), acknowledgements(base), {}
  local shared, pools = tonumber(field()), {}
  while more() do
    local id, state, epoch, ending = field(), field(), field(), read_ending(field, blob)
    local stored = load(base, id, CONCLUDED)
    local renewed = state == 'running' and tonumber(redis.call('ZSCORE', base .. 'due', id) or 0) > now
    if stored.state == state and (stored.epoch or '') == epoch and not renewed then
      if state == 'running' then
        push.add(stored.owner, 'lost', id, epoch)
      else
        if state == 'routed' then pools[stored.pool] = true end
        taken.add(stream_of(state, stored.pool), stored.item)
      end
      ends.conclude(push, id, stored, ending)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = 's'
    end
  end
  taken.send()
  for pool in pairs(pools) do
    move_up(base, pool, shared, now)
  end
  ends.send()
  push.send()
  return table.concat(verdicts)
end

register('bury', bury, { 'allow-oom' })
