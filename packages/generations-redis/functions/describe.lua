-- What is known of generations. Per item: id. Reply, fields per item: state, request, calls, provider, finished, last, terminal; or only ''.
local DESCRIBED = { 'state', 'request', 'calls', 'provider', 'finished', 'last' }
local LOG = { 'state', 'last', 'turn', 'shown' }

local function describe(keys, args)
  local base = keys[1]
  local field, _, more = reader(args)
  local add, _, finished = writer()
  while more() do
    local id = field()
    local stored = load(base, id, DESCRIBED)
    if HA and stored.state then
      local shown, _, is_whole = shown_part(load(base, id, LOG))
      stored.last = shown.epoch > 0 and text(shown.epoch) .. '-' .. text(shown.seq) or nil
      if TERMINAL[stored.state] and not is_whole then stored.state, stored.finished = 'running', nil end
    end
    if not stored.state then
      add('')
    else
      for _, name in ipairs(DESCRIBED) do
        add(stored[name] or '')
      end
      add(TERMINAL[stored.state] and redis.call('HGET', base .. id, 'e' .. stored.last) or '')
    end
  end
  return finished()
end

-- How much waits. Reply, fields: requests, running, usage; per pool: name, waiting.
local function depths(keys)
  local base = keys[1]
  local function length(stream)
    return redis.call('XLEN', base .. stream)
  end
  local requests, dispatched, pools = length('requests'), 0, {}
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    pools[pool] = length('dispatch:' .. pool)
    for _, tenant in ipairs(redis.call('ZRANGE', base .. 'turns:' .. pool, 0, -1)) do
      pools[pool] = pools[pool] + redis.call('ZCARD', line_of(base, pool, tenant))
    end
    dispatched = dispatched + pools[pool]
  end
  local add, _, finished = writer()
  add(text(requests))
  -- Every generation that has not ended is in `due`.
  add(text(redis.call('ZCARD', base .. 'due') - requests - dispatched))
  add(text(length('usage')))
  for pool, waiting in pairs(pools) do
    add(pool)
    add(text(waiting))
  end
  return finished()
end

register('describe', describe, { 'no-writes' })
register('depths', depths, { 'no-writes' })
