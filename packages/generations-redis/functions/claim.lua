-- routed → running. Arguments: instance, leaseMs; per item: id.
-- Reply, packed, per item: `o`, epoch, claims, request, plan, body; or only `f` (another epoch holds it), `s`, `u`.
-- The dispatch item is acknowledged here: from now on the lease in `due` says whether somebody works on it.
local function claim(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local instance, lease = field(), tonumber(field())
  local taken, reply = acknowledgements(base), {}
  while more() do
    local id = field()
    local key = base .. id
    local stored = redis.call('HMGET', key, 'state', 'item', 'pool', 'epoch', 'claims', 'request', 'plan', 'body')
    local state, body = stored[1], stored[8]
    if state == 'routed' and not body then body = redis.call('GET', key .. ':body') end
    if state == 'routed' and body then
      local epoch = next_epoch(stored[4], now)
      local claims = text((stored[5] or 0) + 1)
      taken.add('dispatch:' .. stored[3], stored[2])
      redis.call('HSET', key, 'state', 'running', 'epoch', epoch, 'seq', '0', 'owner', instance, 'claims', claims)
      redis.call('ZADD', base .. 'due', now + lease, id)
      pack(reply, 'o')
      pack(reply, epoch)
      pack(reply, claims)
      pack(reply, stored[6])
      pack(reply, stored[7])
      pack(reply, body)
    else
      pack(reply, state == 'running' and 'f' or state and 's' or 'u')
    end
  end
  taken.send()
  return table.concat(reply)
end

register('claim', claim, { 'allow-oom' })
