-- accepted, routed → cancelled; running: its holder is told. Arguments: retention; per item: id, reason, terminal, usage.
-- An empty terminal asks what would have to be written. Reply, packed, per item: `c` cancelled, `r` requested, `e` ended before,
-- `u` unknown, or `?` (write a verdict and call again), request, claims.
local function cancel(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local retention = field()
  local push, taken, reply = outbox(base), acknowledgements(base), {}
  while more() do
    local id, reason, terminal, usage = field(), field(), field(), field()
    local key = base .. id
    local stored = redis.call('HMGET', key, 'state', 'item', 'pool', 'watchers', 'epoch', 'last', 'owner', 'request', 'claims', 'cancel')
    local state = stored[1]
    if not state then
      pack(reply, 'u')
    elseif TERMINAL[state] then
      pack(reply, 'e')
    elseif state == 'running' then
      if not stored[10] then
        redis.call('HSET', key, 'cancel', reason)
        push.add(stored[7], 'cancelled', id, stored[5])
      end
      pack(reply, 'r')
    elseif terminal == '' then
      pack(reply, '?')
      pack(reply, stored[8])
      pack(reply, stored[9] or '0')
    else
      taken.add(stream_of(state, stored[3]), stored[2])
      conclude(base, push, id, { watchers = stored[4], epoch = stored[5], last = stored[6] }, now,
        { state = 'cancelled', json = terminal }, usage, retention)
      pack(reply, 'c')
    end
  end
  taken.send()
  push.send()
  return table.concat(reply)
end

register('cancel', cancel, { 'allow-oom' })
