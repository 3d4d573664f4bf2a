-- What is known of one generation. Argument: id. Reply: nil, or packed: state, request, claims, provider, finished, last, terminal.
local function describe(keys, args)
  local key = keys[1] .. reader(args[1])()
  local stored = redis.call('HMGET', key, 'state', 'request', 'claims', 'provider', 'finished', 'last')
  if not stored[1] then return false end
  local terminal = ''
  if TERMINAL[stored[1]] then
    local last = redis.call('XREVRANGE', key .. ':log', '+', '-', 'COUNT', 1)[1]
    local fields = last and last[2] or {}
    for i = 1, #fields, 2 do
      if fields[i] == 'e' then terminal = fields[i + 1] end
    end
  end
  local reply = {}
  for i = 1, 6 do
    pack(reply, stored[i] or '')
  end
  pack(reply, terminal)
  return table.concat(reply)
end

-- How much waits. Reply, packed: requests, running, usage; per pool: name, waiting.
local function depths(keys)
  local base = keys[1]
  local function length(stream)
    return redis.call('XLEN', base .. stream)
  end
  local requests, dispatched, pools = length('requests'), 0, {}
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    local waiting = length('dispatch:' .. pool)
    dispatched = dispatched + waiting
    pack(pools, pool)
    pack(pools, text(waiting))
  end
  local reply = {}
  pack(reply, text(requests))
  -- Every generation that has not ended is in `due`.
  pack(reply, text(redis.call('ZCARD', base .. 'due') - requests - dispatched))
  pack(reply, text(length('usage')))
  return table.concat(reply) .. table.concat(pools)
end

register('describe', describe, { 'no-writes' })
register('depths', depths, { 'no-writes' })
