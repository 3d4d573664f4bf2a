--[[
Keys of a shard; KEYS[1] is their common beginning, `<prefix>gen:{s<shard>}:`, so that they live in one slot.

  <id>             hash   one generation:
                            state      accepted, routed, running, completed, failed, cancelled, expired
                            request    JSON; `deadline` is its deadlineAt
                            body       bytes the client sent, until the end; absent when they have their own key
                            item, pool id of its entry in `requests`, or in `dispatch:<pool>`
                            plan       JSON
                            epoch, seq the writer's epoch and its last entry
                            last       `<epoch>-<seq>` of the last entry of the log
                            owner      process that holds the claim; `claims` counts them
                            lapses     deliveries and claims that led to nothing
                            cancel     reason, once cancelling was asked for
                            watchers   processes that get entries pushed, separated by blanks
                            first, provider, model   time of the first entry, and where the answer comes from
                            finished   time of the end
  <id>:log         stream of entries, ids `<epoch>-<seq>`; fields `h` head, `d` data, `e` end (terminal only)
  <id>:body        body over 64 KB
  requests         stream, group `workers`: fields `id`, `request`
  dispatch:<pool>  stream, group `workers`: field `id`;  `pools` is the set of pools
  usage            stream, group `usage`: field `record`
  due              sorted set: when the reaper must look at a generation (deadline, or end of the lease)
  reaper           hash: time of the last sweep, and until when nobody is reaped
  push:<process>   shard channel: frames for the tails of a process

Arguments, replies and frames are sequences of fields: a length (32 bits, big-endian), then that many bytes. Numbers are decimal text.
A request moves thousands of small values a second; packed into one argument they cost neither side a parse each.
]]

local TERMINAL = { completed = true, failed = true, cancelled = true, expired = true }

local function register(name, callback, flags)
  redis.register_function({ function_name = LIBRARY .. '_' .. name, callback = callback, flags = flags or {} })
end

-- The server's clock: processes disagree about the time, and leases must not.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function text(number)
  return string.format('%d', number)
end

-- Returns a function that gives the next fields of `packed`, and one that says whether there are more.
local function reader(packed)
  local position, length = 1, #packed
  local function field()
    local value
    value, position = struct.unpack('>I4c0', packed, position)
    return value
  end
  local function more()
    return position <= length
  end
  return field, more
end

local function pack(fields, value)
  fields[#fields + 1] = struct.pack('>I4c0', #value, value)
end

-- Every new writer has a higher epoch, also after the clock or the data went back.
local function next_epoch(stored, now)
  return text(math.max(tonumber(stored or 0) + 1, now))
end

-- Frames by process, published at the end of a call: one message for each process.
local function outbox(base)
  local frames = {}
  local self = {}

  function self.add(process, ...)
    local fields = frames[process]
    if not fields then
      fields = {}
      frames[process] = fields
    end
    for i = 1, select('#', ...) do
      pack(fields, (select(i, ...)))
    end
  end

  function self.entry(watchers, ...)
    if not watchers then return end
    for process in string.gmatch(watchers, '%S+') do
      self.add(process, 'entry', ...)
    end
  end

  function self.send()
    for process, fields in pairs(frames) do
      redis.call('SPUBLISH', base .. 'push:' .. process, table.concat(fields))
    end
  end

  return self
end

-- Work items taken off their streams at the end of a call, one command for each stream.
local function acknowledgements(base)
  local streams = {}
  local self = {}

  function self.add(stream, item)
    if not item then return end
    local items = streams[stream]
    if not items then
      items = {}
      streams[stream] = items
    end
    items[#items + 1] = item
  end

  function self.send()
    for stream, items in pairs(streams) do
      redis.call('XACK', base .. stream, 'workers', unpack(items))
      redis.call('XDEL', base .. stream, unpack(items))
    end
  end

  return self
end

local function stream_of(state, pool)
  if state == 'accepted' then return 'requests' end
  if state == 'routed' then return 'dispatch:' .. pool end
end

-- One entry of a log, and its frame. `previous` is the id of the entry before it, '' for the first of the log.
local function write_entry(base, push, id, watchers, epoch, seq, previous, head, data, final)
  local fields = {}
  if head ~= '' then
    fields[1], fields[2] = 'h', head
  end
  fields[#fields + 1] = 'd'
  fields[#fields + 1] = data
  if final ~= '' then
    fields[#fields + 1] = 'e'
    fields[#fields + 1] = final
  end
  redis.call('XADD', base .. id .. ':log', epoch .. '-' .. seq, unpack(fields))
  push.entry(watchers, id, epoch, seq, previous, head, data, final)
end

-- What every end leaves: the bill, no lease, no body, and a log that expires.
local function settle(base, id, state, now, usage, retention, changes)
  local key = base .. id
  redis.call('HSET', key, 'state', state, 'finished', text(now), unpack(changes))
  if redis.call('HDEL', key, 'body') == 0 then redis.call('DEL', key .. ':body') end
  redis.call('HDEL', key, 'plan', 'pool', 'item', 'owner', 'cancel')
  redis.call('PEXPIRE', key, retention)
  redis.call('PEXPIRE', key .. ':log', retention)
  redis.call('ZREM', base .. 'due', id)
  redis.call('XADD', base .. 'usage', '*', 'record', usage)
end

-- Ends a generation in a new epoch: whoever wrote it before is fenced off.
local function conclude(base, push, id, stored, now, terminal, usage, retention)
  local epoch = next_epoch(stored.epoch, now)
  write_entry(base, push, id, stored.watchers, epoch, '1', stored.last or '', '', '', terminal.json)
  settle(base, id, terminal.state, now, usage, retention, { 'epoch', epoch, 'seq', '1', 'last', epoch .. '-1' })
end
