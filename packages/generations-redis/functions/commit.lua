-- Only with HA: a replica has the log up to here, so it is shown. Per item: id, cursor ('' for the terminal entry). Reply: one letter each: `o`.
local function commit(keys, args)
  local base, verdicts = keys[1], {}
  local field, _, more = reader(args)
  local push, done = outbox(base), {}
  while more() do
    local id, cursor = field(), field()
    local key = base .. id
    local stored = load(base, id, { 'state', 'watchers', 'last', 'turn', 'shown' })
    local ended = stored.state and TERMINAL[stored.state]
    if cursor == '' and ended then cursor = stored.last end
    if stored.last and cursor ~= '' then
      local last, turn = shown_part({ last = stored.last, turn = stored.turn, shown = cursor })
      local before = stored.shown and parse(stored.shown) or nil
      -- Nil when more is shown already: the commit of an earlier write came late.
      local entries = entries_after(key, before, last, turn, 2 ^ 31)
      if entries and #entries > 0 then
        redis.call('HSET', key, 'shown', cursor)
        local previous = stored.shown or ''
        for _, entry in ipairs(entries) do
          local epoch, seq = string.match(entry.cursor, '^(%d+)-(%d+)$')
          if stored.watchers and stored.watchers ~= '' then
            push.shown_entry(stored.watchers, id, epoch, seq, previous, entry.head, entry.data, entry.final)
          end
          previous = entry.cursor
        end
      end
      if ended and cursor == stored.last then
        local ending = redis.call('HMGET', key, 'record', 'keep', 'asked')
        if ending[1] then
          send_bill(base, ending[1], ending[3] or nil)
          redis.call('HDEL', key, 'record', 'keep', 'watchers', 'asked')
          redis.call('PEXPIRE', key, ending[2])
        end
        done[#done + 1] = id
      end
    end
    if not stored.state then done[#done + 1] = id end
    verdicts[#verdicts + 1] = 'o'
  end
  if #done > 0 then redis.call('SREM', base .. 'uncommitted', unpack(done)) end
  push.send()
  return table.concat(verdicts)
end

-- Ends that nobody has committed: whoever wrote them died before. Argument: limit. Reply: ids.
local function uncommitted(keys, args)
  return redis.call('SRANDMEMBER', keys[1] .. 'uncommitted', reader(args)())
end

register('commit', commit, { 'allow-oom' })
register('uncommitted', uncommitted, { 'no-writes' })
