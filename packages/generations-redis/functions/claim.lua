-- routed → running. Arguments: instance, leaseMs; per item: id.
-- Reply, fields per item: `o`, epoch, claims, body_at, blobs: request, plan, body; or only `f` (another epoch holds it), `s`, `u`.
-- The dispatch item is acknowledged here: from now on the lease in `due` says whether somebody works on it.
local CLAIMED = { 'state', 'item', 'pool', 'epoch', 'claims', 'request', 'plan', 'body_at', 'body' }

local function claim(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local instance, until_then = field(), text(now + tonumber(field()))
  local when, taken = agenda(base), acknowledgements(base)
  local add, add_blob, finished = writer()
  while more() do
    local id = field()
    local stored = load(base, id, CLAIMED)
    if stored.state == 'routed' then
      local epoch = next_epoch(stored.epoch, now)
      local claims = text((stored.claims or 0) + 1)
      taken.add('dispatch:' .. stored.pool, stored.item)
      redis.call('HSET', base .. id, 'state', 'running', 'epoch', epoch, 'seq', '0', 'owner', instance, 'claims', claims)
      when.at(until_then, id)
      add('o')
      add(epoch)
      add(claims)
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
  return finished()
end

register('claim', claim, { 'allow-oom' })
