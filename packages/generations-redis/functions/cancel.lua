-- accepted, routed → cancelled; running: its holder is told. Arguments: retention, shared; per item: id, reason, an ending (`read_ending`).
-- An empty state asks what would have to be written. Reply, fields per item: `c` cancelled, `r` requested, `e` ended before,
-- `u` unknown, or `?` (write a verdict and call again), calls, blobs: request, plan.
local function cancel(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local push, ends, taken = outbox(base), endings(base, now, field()), acknowledgements(base)
  local shared, pools = tonumber(field()), {}
  local add, add_blob, finished = writer()
  while more() do
    local id, reason, ending = field(), field(), read_ending(field, blob)
    local stored = load(base, id, CONCLUDED)
    if not stored.state then
      add('u')
    elseif TERMINAL[stored.state] then
      add('e')
    elseif stored.state == 'running' then
      if not stored.cancel then
        redis.call('HSET', base .. id, 'cancel', reason)
        push.add(stored.owner, 'cancelled', id, stored.epoch)
      end
      add('r')
    elseif ending.state == '' then
      add('?')
      add(stored.calls or '')
      add_blob(stored.request)
      add_blob(stored.state == 'routed' and redis.call('HGET', base .. id, 'plan') or '')
    else
      if stored.state == 'routed' then pools[stored.pool] = true end
      taken.add(stream_of(stored.state, stored.pool), stored.item)
      stored.cancel = reason
      ends.conclude(push, id, stored, ending)
      add('c')
    end
  end
  taken.send()
  for pool in pairs(pools) do
    move_up(base, pool, shared, now)
  end
  ends.send()
  push.send()
  return finished()
end

register('cancel', cancel, { 'allow-oom' })
