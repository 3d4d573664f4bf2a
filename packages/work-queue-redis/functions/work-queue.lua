-- Every transition of a job and the waiting line of a method, each one atomic step.
--
-- Job:      waiting in the stream -> taken (pending, leased) -> finished | failed (pending, resting) -> taken … -> dead letter
-- A lease is the pending entry's idle time: renewing sets it to zero, a rest sets it to `lease - pause`, and whoever finds it at `lease`
-- or more may take the job. (consumer, delivery count) is the fence: a worker that was overtaken can neither finish, fail nor renew.
-- An entry leaves the stream when every group has finished it, and by nothing else: no trimming, no expiry.
--
-- Request:  a line per method, "<deadline in ms> <text>"; those whose caller has given up are dropped wherever they are met.

local dead_letters_kept = 10000
local longest_line = 10000
local forget_consumer_ms = 3600000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function parse_id(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local function comes_after(a, b)
  local a_ms, a_seq = parse_id(a)
  local b_ms, b_seq = parse_id(b)
  return a_ms > b_ms or (a_ms == b_ms and a_seq > b_seq)
end

-- XINFO replies are flat lists of names and values.
local function named(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function groups_of(stream)
  local groups = {}
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do groups[#groups + 1] = named(flat) end
  return groups
end

local function pending_entry(stream, group, id)
  local found = redis.pcall('XPENDING', stream, group, id, id, 1)
  if found.err or #found == 0 then return nil end
  return { consumer = found[1][2], delivery = found[1][4] }
end

local function holds(stream, group, consumer, id, delivery)
  local entry = pending_entry(stream, group, id)
  return entry ~= nil and entry.consumer == consumer and entry.delivery == tonumber(delivery)
end

local function leave_group(stream, group, id)
  redis.call('XACK', stream, group, id)
  for _, other in ipairs(groups_of(stream)) do
    if comes_after(id, other['last-delivered-id']) then return end
    if other.pending > 0 and pending_entry(stream, other.name, id) then return end
  end
  redis.call('XDEL', stream, id)
end

local function bury(stream, dead, group, id, deliveries, reason)
  local entries = redis.call('XRANGE', stream, id, id)
  if #entries > 0 then
    redis.call('XADD', dead, 'MAXLEN', '~', dead_letters_kept, '*',
      'id', id, 'payload', entries[1][2][2], 'deliveries', deliveries, 'error', reason)
  end
  leave_group(stream, group, id)
end

local function create_group(stream, group)
  local created = redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
  if created.err and not string.find(created.err, 'BUSYGROUP', 1, true) then error(created) end
end

-- KEYS stream, dedupe marker   ARGV payload, channel, dedupe window in ms ('' = none)
local function enqueue(keys, args)
  if args[3] ~= '' and not redis.call('SET', keys[2], '1', 'NX', 'PX', args[3]) then return 0 end
  redis.call('XADD', keys[1], '*', 'payload', args[1])
  redis.call('PUBLISH', args[2], '')
  return 1
end

-- Also forgets the consumers of processes that died without a word, once they hold nothing: a live one asks for work every second.
-- KEYS stream   ARGV group
local function join(keys, args)
  create_group(keys[1], args[1])
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', keys[1], args[1])) do
    local consumer = named(flat)
    if consumer.pending == 0 and consumer.idle > forget_consumer_ms then
      redis.call('XGROUP', 'DELCONSUMER', keys[1], args[1], consumer.name)
    end
  end
  return 1
end

-- KEYS stream, dead letters   ARGV group, consumer, count, lease in ms, max deliveries, '1' = also what others left behind
-- Reply: {id, payload, delivery} of each job taken
local function take(keys, args)
  local stream, dead = keys[1], keys[2]
  local group, consumer, count, lease, max = args[1], args[2], tonumber(args[3]), args[4], tonumber(args[5])
  local taken = {}
  if args[6] == '1' then
    local left = redis.pcall('XPENDING', stream, group, 'IDLE', lease, '-', '+', count)
    if left.err then left = {} end
    for _, entry in ipairs(left) do
      local id, deliveries = entry[1], entry[4]
      if deliveries >= max then
        bury(stream, dead, group, id, deliveries, 'no worker finished it before its lease ran out')
      else
        local claimed = redis.call('XCLAIM', stream, group, consumer, 0, id)
        if #claimed > 0 then taken[#taken + 1] = { id, claimed[1][2][2], deliveries + 1 } end
      end
    end
  end
  if #taken < count then
    local read = { 'XREADGROUP', 'GROUP', group, consumer, 'COUNT', count - #taken, 'STREAMS', stream, '>' }
    local fresh = redis.pcall(unpack(read))
    if fresh and fresh.err then
      -- The stream or the group is gone (FLUSHALL, a restart without persistence): start over.
      create_group(stream, group)
      fresh = redis.call(unpack(read))
    end
    for _, entry in ipairs(fresh and fresh[1][2] or {}) do
      taken[#taken + 1] = { entry[1], entry[2][2], 1 }
    end
  end
  return taken
end

-- KEYS stream   ARGV group, consumer, then id and delivery of each   Reply: the ids that are no longer held
local function renew(keys, args)
  local stream, group, consumer = keys[1], args[1], args[2]
  local lost = {}
  for i = 3, #args, 2 do
    if holds(stream, group, consumer, args[i], args[i + 1]) then
      redis.call('XCLAIM', stream, group, consumer, 0, args[i], 'JUSTID')
    else
      lost[#lost + 1] = args[i]
    end
  end
  return lost
end

-- KEYS stream   ARGV group, consumer, id, delivery   Reply: 1, or 0 when another worker holds it now
local function finish(keys, args)
  if not holds(keys[1], args[1], args[2], args[3], args[4]) then return 0 end
  leave_group(keys[1], args[1], args[3])
  return 1
end

-- KEYS stream, dead letters   ARGV group, consumer, id, delivery, max deliveries, idle time that leaves the pause, error
-- Reply: 2 = dead letter, 1 = will be delivered again, 0 = another worker holds it now
local function fail(keys, args)
  local stream, group, consumer, id, delivery = keys[1], args[1], args[2], args[3], args[4]
  if not holds(stream, group, consumer, id, delivery) then return 0 end
  if tonumber(delivery) >= tonumber(args[5]) then
    bury(stream, keys[2], group, id, delivery, args[7])
    return 2
  end
  redis.call('XCLAIM', stream, group, consumer, 0, id, 'IDLE', args[6], 'RETRYCOUNT', delivery, 'JUSTID')
  return 1
end

-- Deletes a consumer that stops. What it still holds (failed jobs at rest) goes to a name nobody reads as, with its idle time and count.
-- KEYS stream   ARGV group, consumer
local function leave(keys, args)
  local stream, group, consumer = keys[1], args[1], args[2]
  local held = redis.pcall('XPENDING', stream, group, '-', '+', 1000000, consumer)
  if held.err then return 0 end
  for _, entry in ipairs(held) do
    redis.call('XCLAIM', stream, group, 'left-behind', 0, entry[1], 'IDLE', entry[3], 'RETRYCOUNT', entry[4], 'JUSTID')
  end
  return redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
end

-- KEYS stream   ARGV group   Reply: jobs the group has not finished
local function depth(keys, args)
  local stream, name = keys[1], args[1]
  if redis.call('EXISTS', stream) == 0 then return 0 end
  for _, group in ipairs(groups_of(stream)) do
    if group.name == name then
      -- `lag` is unknown right after a group was made on a stream with deleted entries: count then.
      local waiting = group.lag or #redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '+')
      return group.pending + waiting
    end
  end
  return redis.call('XLEN', stream)
end

-- KEYS dead letters   Reply: {id, payload, deliveries, error} of each, oldest first
local function letters(keys)
  local found = {}
  for i, entry in ipairs(redis.call('XRANGE', keys[1], '-', '+')) do
    local letter = named(entry[2])
    found[i] = { letter.id, letter.payload, letter.deliveries, letter.error }
  end
  return found
end

local function deadline_of(entry)
  return tonumber(string.match(entry, '^%d+'))
end

-- KEYS line   ARGV text, time-out in ms, channel   Reply: 1, or 0 when the line is full
local function ask(keys, args)
  local line, now = keys[1], now_ms()
  local head = redis.call('LINDEX', line, 0)
  while head and deadline_of(head) <= now do
    redis.call('LPOP', line)
    head = redis.call('LINDEX', line, 0)
  end
  if redis.call('LLEN', line) >= longest_line then return 0 end
  local deadline = now + tonumber(args[2])
  redis.call('RPUSH', line, string.format('%.0f', deadline) .. ' ' .. args[1])
  -- The line lives as long as its most patient caller, so nothing piles up where nobody answers.
  redis.call('PEXPIREAT', line, deadline, redis.call('PTTL', line) < 0 and 'NX' or 'GT')
  redis.call('PUBLISH', args[3], '')
  return 1
end

-- KEYS line   ARGV count   Reply: the texts of requests whose callers still wait
local function answer(keys, args)
  local now, wanted, texts = now_ms(), tonumber(args[1]), {}
  while #texts < wanted do
    local entry = redis.call('LPOP', keys[1])
    if not entry then break end
    if deadline_of(entry) > now then texts[#texts + 1] = string.match(entry, '^%d+ (.*)$') end
  end
  return texts
end

-- KEYS counter   ARGV how many more (0 = none), window in ms   Reply: the count, ms until it ends
local function count(keys, args)
  if tonumber(args[1]) == 0 and redis.call('EXISTS', keys[1]) == 0 then return { 0, tonumber(args[2]) } end
  local counted = redis.call('INCRBY', keys[1], args[1])
  local left = redis.call('PTTL', keys[1])
  if left < 0 then
    redis.call('PEXPIRE', keys[1], args[2])
    left = tonumber(args[2])
  end
  return { counted, left }
end

local function define(name, callback, flags)
  redis.register_function({ function_name = 'sluice_work_queue_VERSION_' .. name, callback = callback, flags = flags })
end

define('enqueue', enqueue, {})
define('join', join, { 'allow-oom' })
define('take', take, { 'allow-oom' })
define('renew', renew, { 'allow-oom' })
define('finish', finish, { 'allow-oom' })
define('fail', fail, { 'allow-oom' })
define('leave', leave, { 'allow-oom' })
define('depth', depth, { 'no-writes' })
define('letters', letters, { 'no-writes' })
define('ask', ask, {})
define('answer', answer, { 'allow-oom' })
define('count', count, { 'allow-oom' })
