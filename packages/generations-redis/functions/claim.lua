-- routed → running. Arguments: instance, leaseMs, shared; per item: id.
-- Reply, fields per item: `o`, epoch, attempt, ms to the deadline, calls of earlier holders, body_at, blobs: request, plan, body; or only `f` (another epoch holds it), `s`, `u`.
-- The dispatch item is acknowledged here: from now on the lease in `due` says whether somebody works on it.
local CLAIMED = { 'state', 'item', 'pool', 'epoch', 'attempts', 'calls', 'target', 'request', 'plan', 'body_at', 'body',
  'deadline', 'line' }

local function claim(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local instance, until_then, shared = field(), text(now + tonumber(field())), tonumber(field())
  local pools = {}
  local when, taken = agenda(base), acknowledgements(base)
  local add, add_blob, finished = writer()
  while more() do
    local id = field()
    local stored = load(base, id, CLAIMED)
    if stored.state == 'routed' then
      local epoch = next_epoch(stored.epoch, now)
      local attempt, calls = announce(stored.attempts, stored.calls, now, stored.target)
      pools[stored.pool] = true
      if stored.line then leave_line(base, stored.pool, stored.line, id) end
      taken.add('dispatch:' .. stored.pool, stored.item)
      redis.call('HSET', base .. id, 'state', 'running', 'epoch', epoch, 'seq', '0', 'owner', instance,
        'attempts', attempt, 'calls', calls)
      when.at(until_then, id)
      add('o')
      add(epoch)
      add(attempt)
      add(text(tonumber(stored.deadline) - now))
      add(stored.calls or '')
      add(stored.body_at or '')
      add_blob(stored.request)
      add_blob(stored.plan)
      add_blob(stored.body or '')
    else
      add(stored.state == 'running' and 'f' or stored.state and 's' or 'u')
    end
  end
  taken.send()
  when.send()
  for pool in pairs(pools) do
    move_up(base, pool, shared, now)
  end
  return finished()
end

register('claim', claim, { 'allow-oom' })

-- running → running: a further provider call is about to be made. Per item: id, epoch, target. Reply: one letter each, as `append`.
local function attempt(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local verdicts = {}
  while more() do
    local id, epoch, target = field(), field(), field()
    local stored = load(base, id, { 'state', 'epoch', 'attempts', 'calls' })
    if stored.state == 'running' and stored.epoch == epoch then
      local number, calls = announce(stored.attempts, stored.calls, now, target)
      redis.call('HSET', base .. id, 'attempts', number, 'calls', calls)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = not stored.state and 'u' or stored.epoch == epoch and 's' or 'f'
    end
  end
  return table.concat(verdicts)
end

register('attempt', attempt, { 'allow-oom' })

-- running → routed, while nothing is published. Per item: id, epoch. Reply: one letter each, as `append`.
local function release(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local when, verdicts = agenda(base), {}
  while more() do
    local id, epoch = field(), field()
    local stored = load(base, id, { 'state', 'epoch', 'last', 'cancel', 'pool', 'deadline' })
    if not stored.state then
      verdicts[#verdicts + 1] = 'u'
    elseif stored.epoch ~= epoch then
      verdicts[#verdicts + 1] = 'f'
    elseif stored.state ~= 'running' or stored.last or stored.cancel then
      verdicts[#verdicts + 1] = 's'
    else
      local item = redis.call('XADD', base .. 'dispatch:' .. stored.pool, '*', 'id', id)
      redis.call('HSET', base .. id, 'state', 'routed', 'item', item, 'epoch', next_epoch(epoch, now), 'seq', '0')
      when.at(stored.deadline, id)
      verdicts[#verdicts + 1] = 'o'
    end
  end
  when.send()
  return table.concat(verdicts)
end

register('release', release, { 'allow-oom' })
