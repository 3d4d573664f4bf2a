-- How generations end, in one call: what every end leaves is the bill, no lease, settled charges, no body, and a log that expires.
local function endings(base, now, retention)
  local when, counted = agenda(base), nil
  local self = {}

  -- `stored`: last, charges, attach, cancel, asked, body_at ('1' when the body has a key of its own). `ending`: state, again ('1' when it is a retryable failure
  -- that says nothing), finished (the time of a bill written for this server, '' = now), calls, usage. `changes`: more fields of the hash.
  function self.settle(id, stored, ending, changes)
    local key, attach = base .. id, stored.attach
    local is_silent_failure = ending.again == '1' and (stored.last or '') == ''
    local is_unread = ending.state == 'cancelled' and stored.cancel == UNREAD
    if attach and (is_silent_failure or is_unread) then
      changes[#changes + 1] = 'again'
      changes[#changes + 1] = '1'
      if string.sub(attach, 1, 1) == 'i' and redis.call('HGET', base .. 'attach:' .. attach, 'id') == id then
        redis.call('HSET', base .. 'attach:' .. attach, 'again', '1')
      end
    end
    redis.call('HSET', key, 'state', ending.state, 'finished', ending.finished ~= '' and ending.finished or text(now), 'calls', ending.calls, unpack(changes))
    redis.call('HDEL', key, 'body', 'body_at', 'plan', 'pool', 'item', 'owner', 'cancel', 'lapses', 'deadline', 'target',
      'attempts', 'charges', 'weight', 'readers', 'lost', HA and 'owner' or 'watchers', HA and 'owner' or 'asked')
    if stored.body_at == '1' then redis.call('DEL', key .. ':body') end
    if HA then
      -- The bill leaves no sooner than the end is shown.
      redis.call('HSET', key, 'record', ending.usage, 'keep', retention)
      redis.call('SADD', base .. 'uncommitted', id)
    else
      redis.call('PEXPIRE', key, retention)
      send_bill(base, ending.usage, stored.asked)
    end
    when.remove(id)
    if stored.charges then
      counted = counted or counters(base, now)
      counted.settle(stored.charges, ending.usage)
    end
  end

  -- Ends a generation in a new epoch: whoever wrote it before is fenced off. `stored`: as above, and epoch, watchers; `ending`, too, and
  -- terminal.
  function self.conclude(push, id, stored, ending)
    if stored.line then leave_line(base, stored.pool, stored.line, id) end
    local epoch, last = next_epoch(stored.epoch, now), stored.last or ''
    local changes = { 'epoch', epoch, 'seq', '1', 'turn', last }
    local cursor = write_entry(changes, push, id, stored.watchers, epoch, '1', last, '', '', ending.terminal)
    changes[#changes + 1] = 'last'
    changes[#changes + 1] = cursor
    self.settle(id, stored, ending, changes)
  end

  function self.send()
    when.send()
    if counted then counted.send() end
  end

  return self
end
