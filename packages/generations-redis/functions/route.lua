-- accepted → routed. Arguments: shared; per item: id, pool, target; blob: plan. Reply: one letter each: `o` done, `s` not in this state, `u` unknown.
local function route(keys, args)
  local base = keys[1]
  local field, blob, more = reader(args)
  local shared = tonumber(field())
  local taken, pools, verdicts = acknowledgements(base), {}, {}
  while more() do
    local id, pool, target, plan = field(), field(), field(), blob()
    local stored = redis.call('HMGET', base .. id, 'state', 'item')
    if stored[1] == 'accepted' then
      if not pools[pool] then
        pools[pool] = redis.call('XLEN', base .. 'dispatch:' .. pool)
        redis.call('SADD', base .. 'pools', pool)
      end
      taken.add('requests', stored[2])
      local changes = { 'state', 'routed', 'plan', plan, 'target', target, 'pool', pool }
      local has_room = pools[pool] < shared
      if has_room then
        changes[9], changes[10] = 'item', redis.call('XADD', base .. 'dispatch:' .. pool, '*', 'id', id)
        pools[pool] = pools[pool] + 1
      end
      redis.call('HSET', base .. id, unpack(changes))
      if not has_room then join_line(base, pool, id) end
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = stored[1] and 's' or 'u'
    end
  end
  taken.send()
  return table.concat(verdicts)
end

register('route', route, { 'allow-oom' })
