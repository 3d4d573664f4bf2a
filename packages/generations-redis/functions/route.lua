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
      local has_room = pools[pool] < shared
      local item = has_room and redis.call('XADD', base .. 'dispatch:' .. pool, '*', 'id', id) or ''
      redis.call('HSET', base .. id, 'state', 'routed', 'plan', plan, 'target', target, 'pool', pool, 'item', item)
      if has_room then
        pools[pool] = pools[pool] + 1
      else
        join_line(base, pool, id)
      end
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = stored[1] and 's' or 'u'
    end
  end
  taken.send()
  return table.concat(verdicts)
end

register('route', route, { 'allow-oom' })
