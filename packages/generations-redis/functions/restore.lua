-- Takes a claim up again that the server lost in a restart, with what was in it; what was written under it is appended afterwards.
-- Arguments: instance, leaseMs; per item: id, epoch, attempts, calls, pool, target; blob: plan.
-- Reply, fields per item: `o` and the seq to go on from; `e` ended under this very claim; `f` another epoch holds or ended it; `u` unknown: perhaps
-- its admission is still to be repeated.
local function restore(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local instance, until_then = field(), text(now + tonumber(field()))
  local when, taken = agenda(base), acknowledgements(base)
  local add, _, finished = writer()
  while more() do
    local id, epoch, attempts, calls, pool, target, plan = field(), field(), field(), field(), field(), field(), blob()
    local stored = load(base, id, { 'state', 'epoch', 'seq', 'item', 'pool', 'last', 'line' })
    local verdict, seq = 'f', ''
    if not stored.state then
      verdict = 'u'
    elseif TERMINAL[stored.state] then
      if stored.epoch == epoch then verdict = 'e' end
    elseif stored.state == 'running' and stored.epoch == epoch then
      verdict, seq = 'o', stored.seq
    elseif tonumber(stored.epoch or 0) < tonumber(epoch) and not stored.last then
      if stored.line then leave_line(base, stored.pool, stored.line, id) end
      taken.add(stream_of(stored.state, stored.pool), stored.item)
      redis.call('SADD', base .. 'pools', pool)
      redis.call('HSET', base .. id, 'state', 'running', 'epoch', epoch, 'seq', '0', 'owner', instance, 'plan', plan, 'pool', pool,
        'target', target, 'attempts', attempts, 'calls', calls)
      verdict, seq = 'o', '0'
    end
    if verdict == 'o' then when.at(until_then, id) end
    add(verdict)
    add(seq)
  end
  taken.send()
  when.send()
  return finished()
end

register('restore', restore, { 'allow-oom' })

-- Bills once more what ended here, where the server was emptied since: nobody may have taken its bill. Per item: id; blob: usage. Reply: one letter
-- each: `o`, or `k`: the server still knows the generation.
local function bill(keys, args)
  local base, verdicts = keys[1], {}
  local field, blob, more = reader(args)
  while more() do
    local id, usage = field(), blob()
    local known = redis.call('EXISTS', base .. id) == 1
    if not known then redis.call('XADD', base .. 'usage', '*', 'record', usage) end
    verdicts[#verdicts + 1] = known and 'k' or 'o'
  end
  return table.concat(verdicts)
end

register('bill', bill, { 'allow-oom' })
