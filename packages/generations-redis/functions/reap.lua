-- One sweep over abandoned work. Arguments: leaseMs, maxDeliveries, limit, run of the server, shared.
-- Enqueues again what may be tried again. What has to end is only named here, since its bill is written by the caller: `bury` ends it.
-- Reply, fields: time of the server, number enqueued again; per generation to end: code, id, state, epoch, calls, first, reason of a
-- cancel, bytes of the body (only when something was published), blobs: request, plan.
local ABANDONED = { 'state', 'item', 'pool', 'epoch', 'calls', 'lapses', 'last', 'request', 'plan', 'deadline', 'owner',
  'first', 'cancel', 'body_at' }

local function reap(keys, args)
  local base, now = keys[1], clock()
  local field = reader(args)
  local lease, max_deliveries, limit, run, shared = tonumber(field()), tonumber(field()), field(), field(), tonumber(field())
  local requeued, doomed = 0, {}
  local push = outbox(base)

  -- After a restart, a freeze or a step of the clock holders may live that could not renew: they get one lease to come back.
  local sweep = redis.call('HMGET', base .. 'reaper', 'at', 'hold', 'run')
  local at, hold = tonumber(sweep[1] or 0), tonumber(sweep[2] or 0)
  local is_other_server = run ~= '' and sweep[3] and sweep[3] ~= run
  if now - at > lease or now < at or is_other_server then hold = now + lease end
  redis.call('HSET', base .. 'reaper', 'at', text(now), 'hold', text(hold), 'run', run)

  local function doom(code, id, stored)
    local body_bytes = ''
    if stored.last then
      local key = base .. id
      body_bytes = text(stored.body_at == '1' and redis.call('STRLEN', key .. ':body') or redis.call('HSTRLEN', key, 'body'))
    end
    doomed[#doomed + 1] = { code, id, stored.state, stored.epoch or '', stored.calls or '', stored.first or '',
      stored.cancel or '', body_bytes, request = stored.request, plan = stored.plan }
  end

  local function enqueue(id, stored, lapses)
    local item
    if stored.state == 'accepted' then
      item = redis.call('XADD', base .. 'requests', '*', 'id', id, 'request', stored.request)
      redis.call('HSET', base .. id, 'item', item, 'lapses', text(lapses))
    else
      item = redis.call('XADD', base .. 'dispatch:' .. stored.pool, '*', 'id', id)
      -- The new epoch fences off the former holder now, not only when the next one claims.
      redis.call('HSET', base .. id, 'state', 'routed', 'item', item, 'lapses', text(lapses), 'epoch',
        next_epoch(stored.epoch, now), 'seq', '0')
      redis.call('ZADD', base .. 'due', stored.deadline, id)
    end
    requeued = requeued + 1
  end

  if now >= hold then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'due', '-inf', now, 'LIMIT', 0, limit)) do
      local stored = load(base, id, ABANDONED)
      local lapses = (stored.lapses or 0) + 1
      if not stored.state or TERMINAL[stored.state] then
        redis.call('ZREM', base .. 'due', id)
      elseif now >= tonumber(stored.deadline) then
        doom('generation_expired', id, stored)
      elseif stored.cancel then
        doom('generation_cancelled', id, stored)
      elseif stored.last then
        doom('upstream_lost', id, stored)
      elseif lapses >= max_deliveries then
        doom('poison_request', id, stored)
      else
        enqueue(id, stored, lapses)
        push.add(stored.owner, 'lost', id, stored.epoch)
      end
    end

    -- Items that were handed out and not taken up. Claiming them resets their idle time, so one sweep at a time works on each.
    local streams = { 'requests' }
    for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
      streams[#streams + 1] = 'dispatch:' .. pool
    end
    for _, stream in ipairs(streams) do
      local abandoned = redis.pcall('XAUTOCLAIM', base .. stream, 'workers', 'reaper', lease, '0-0', 'COUNT', limit)
      -- An error says that nobody has read from this stream yet.
      for _, entry in ipairs(abandoned.err and {} or abandoned[2]) do
        local item, id = entry[1], entry[2][2]
        local stored = load(base, id, ABANDONED)
        local lapses = (stored.lapses or 0) + 1
        local current = stored.item == item and stream_of(stored.state, stored.pool) == stream
        if current and lapses >= max_deliveries then
          doom('poison_request', id, stored)
        else
          redis.call('XACK', base .. stream, 'workers', item)
          redis.call('XDEL', base .. stream, item)
          if current then enqueue(id, stored, lapses) end
        end
      end
    end
  end

  -- What was cancelled in a stream has left room, and nobody claimed it.
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    move_up(base, pool, shared, now)
  end

  push.send()
  local add, add_blob, finished = writer()
  add(text(now))
  add(text(requeued))
  for _, facts in ipairs(doomed) do
    for _, fact in ipairs(facts) do
      add(fact)
    end
    add_blob(facts.request)
    add_blob(facts.plan or '')
  end
  return finished()
end

register('reap', reap, { 'allow-oom' })
