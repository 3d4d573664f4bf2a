-- Who waits for a pool: up to `shared` in its stream, everybody beyond that in a line of its tenant. Lines move up in turns, as what is in the
-- stream is taken. A line only stands behind a full stream, so that as long as none is full nothing here is looked at.

-- As long as it is counted how many move up, ms.
local PACE_WINDOW = 5000

local function line_of(base, pool, tenant)
  return base .. 'line:' .. pool .. ':' .. tenant
end

-- `lines`: by tenant, how many wait in its lines; `*` how many do in all, `#` numbers given out.
local function count_in_lines(base, tenant, by)
  redis.call('HINCRBY', base .. 'lines', '*', by)
  if redis.call('HINCRBY', base .. 'lines', tenant, by) <= 0 then
    redis.call('HDEL', base .. 'lines', tenant)
    redis.call('HDEL', base .. 'weights', tenant)
  end
end

-- A routed generation that there is no room for in the stream.
local function join_line(base, pool, id)
  local stored = redis.call('HMGET', base .. id, 'request', 'weight')
  local tenant = cjson.decode(stored[1]).caller.tenantId
  local number = redis.call('HINCRBY', base .. 'lines', '#', 1)
  redis.call('ZADD', line_of(base, pool, tenant), number, id)
  redis.call('ZADD', base .. 'turns:' .. pool, 'NX', number, tenant)
  redis.call('HSET', base .. 'weights', tenant, stored[2] or '1')
  redis.call('HSET', base .. id, 'line', tenant)
  redis.call('HDEL', base .. id, 'item')
  count_in_lines(base, tenant, 1)
end

-- `tenant`: the field `line` of the generation.
local function leave_line(base, pool, tenant, id)
  if redis.call('ZREM', line_of(base, pool, tenant), id) == 1 then count_in_lines(base, tenant, -1) end
  redis.call('HDEL', base .. id, 'line')
end

-- Fills the stream of a pool from its lines.
local function move_up(base, pool, shared, now)
  local turns = base .. 'turns:' .. pool
  if redis.call('EXISTS', turns) == 0 then return end
  local stream = base .. 'dispatch:' .. pool
  local room, moved = shared - redis.call('XLEN', stream), 0
  while moved < room do
    local turn = redis.call('ZPOPMIN', turns)
    local tenant = turn[1]
    if not tenant then break end
    local line = line_of(base, pool, tenant)
    local popped = redis.call('ZPOPMIN', line, redis.call('HGET', base .. 'weights', tenant) or 1)
    for i = 1, #popped, 2 do
      local id = popped[i]
      if redis.call('HGET', base .. id, 'state') == 'routed' then
        redis.call('HSET', base .. id, 'item', redis.call('XADD', stream, '*', 'id', id))
        redis.call('HDEL', base .. id, 'line')
      end
    end
    if #popped > 0 then count_in_lines(base, tenant, -#popped / 2) end
    moved = moved + #popped / 2
    if redis.call('EXISTS', line) == 1 then
      redis.call('ZADD', turns, redis.call('HINCRBY', base .. 'lines', '#', 1), tenant)
    end
  end
  if moved == 0 then return end
  local pace = base .. 'pace:' .. text(math.floor(now / PACE_WINDOW))
  redis.call('INCRBY', pace, moved)
  redis.call('PEXPIRE', pace, 3 * PACE_WINDOW)
end

-- How many moved up lately, in a thousand seconds.
local function pace(base, now)
  local window = math.floor(now / PACE_WINDOW)
  local counts = redis.call('MGET', base .. 'pace:' .. text(window - 1), base .. 'pace:' .. text(window))
  local count = tonumber(counts[1] or 0) + tonumber(counts[2] or 0)
  return text(math.floor(count * 1000000 / (PACE_WINDOW + now - window * PACE_WINDOW)))
end
