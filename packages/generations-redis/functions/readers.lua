-- Who reads the answer. A generation has one reader when it begins, the caller that was admitted, and no field for that.

-- One reader more. Per item: id. Reply: one letter each: `o`.
local function attend(keys, args)
  local base, verdicts = keys[1], {}
  local field, _, more = reader(args)
  while more() do
    local id = field()
    local stored = load(base, id, { 'state', 'readers' })
    if stored.state and not TERMINAL[stored.state] then
      redis.call('HSET', base .. id, 'readers', text((stored.readers or 1) + 1))
      redis.call('ZREM', base .. 'unread', id)
    end
    verdicts[#verdicts + 1] = 'o'
  end
  return table.concat(verdicts)
end

-- One reader less. Per item: id, graceMs. Reply: one letter each: `c` it was the last one and nobody is waited for: cancel it, `o` else.
local function leave(keys, args)
  local base, now, verdicts = keys[1], clock(), {}
  local field, _, more = reader(args)
  while more() do
    local id, grace = field(), tonumber(field())
    local stored = load(base, id, { 'state', 'readers' })
    local verdict = 'o'
    if stored.state and not TERMINAL[stored.state] then
      local readers = math.max(0, (stored.readers or 1) - 1)
      redis.call('HSET', base .. id, 'readers', text(readers))
      if readers == 0 then
        -- With no grace, too: the caller may die before it cancels.
        redis.call('ZADD', base .. 'unread', now + grace, id)
        if grace == 0 then verdict = 'c' end
      end
    end
    verdicts[#verdicts + 1] = verdict
  end
  return table.concat(verdicts)
end

-- Generations whose last reader left too long ago. Argument: limit. Reply, fields: ids. Those that have ended are forgotten. As with leases,
-- nobody is given up before those who were cut off with the server had time to come back.
local function unread(keys, args)
  local base, now = keys[1], clock()
  local limit = reader(args)()
  local add, _, finished = writer()
  if now < tonumber(redis.call('HGET', base .. 'reaper', 'hold') or 0) then return finished() end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'unread', '-inf', now, 'LIMIT', 0, limit)) do
    local stored = load(base, id, { 'state', 'cancel' })
    if not stored.state or TERMINAL[stored.state] or stored.cancel then
      redis.call('ZREM', base .. 'unread', id)
    else
      add(id)
    end
  end
  return finished()
end

-- Whether one of these processes is there: what they are pushed has a subscriber. `processes` spares a call from asking twice.
local function is_anyone_there(base, watchers, processes)
  for process in string.gmatch(watchers, '%S+') do
    if processes[process] == nil then
      processes[process] = redis.call('PUBSUB', 'SHARDNUMSUB', base .. 'push:' .. process)[2] > 0
    end
    if processes[process] then return true end
  end
  return false
end

-- A reader whose process died cannot say that it left. When none of the processes that show a generation is there, it is due to be cancelled
-- at `at`, unless it is to run on anyway; a process that had only lost its connection ends that again.
local function mind_readers(base, id, watchers, lost, at, processes)
  if not watchers or watchers == '' then return end
  local key = base .. id
  if is_anyone_there(base, watchers, processes) then
    if not lost then return end
    redis.call('HDEL', key, 'lost')
    if redis.call('HGET', key, 'readers') ~= '0' then redis.call('ZREM', base .. 'unread', id) end
  elseif not lost then
    redis.call('HSET', key, 'lost', '1')
    local request = cjson.decode(redis.call('HGET', key, 'request'))
    if request.onDisconnect ~= 'continue' then redis.call('ZADD', base .. 'unread', 'NX', at, id) end
  end
end

register('attend', attend)
register('leave', leave)
register('unread', unread, { 'allow-oom' })
