--[[
Keys of a shard; KEYS[1] is their common beginning, `<prefix>gen:{s<shard>}:`, so that they live in one slot.

  <id>             hash   one generation and its log:
                            state      accepted, routed, running, completed, failed, cancelled, expired
                            request    JSON, with times by the clock of the process that admitted it; `deadline` by that of this server
                            body       bytes the client sent, until the end; `body_at` is '1' when they have a key of their own
                            item, pool id of its entry in `requests`, or in `dispatch:<pool>`; no item while it waits in a line: `line`, its tenant
                            weight     of its tenant where several wait; not there when it is 1
                            plan       JSON; `target`, members of a JSON object: provider and model of its first target
                            attempts   provider calls announced so far; `calls`, JSON objects separated by commas, one for each: attempt,
                                       startedAt, provider, model; after the end, how each ended
                            epoch, seq the writer's epoch and its last entry
                            last       cursor of the last entry of the log; `turn`, that of the last one before the epoch of `last`
                            owner      process that holds the claim
                            lapses     deliveries and claims that led to nothing
                            cancel     reason, once cancelling was asked for
                            shown      only with HA: cursor of the last entry that a replica has; what is after it nobody sees
                            watchers   processes that get entries pushed, separated by blanks
                            readers    clients that read the answer; none is one
                            lost       '1' while none of `watchers` is there
                            first, provider, model   time of the first entry, and where the answer comes from
                            charges    what it takes from limits until its end: tenant, then lines as `charges.lua` says; not there without limits
                            asked      JSON, until the end: what the call adds to its conversation; not there when it adds nothing
                            attach     the key below `attach:` that names it; `again` is '1' when it ended so that the key is free again
                            finished   time of the end
                            <cursor>   data of the entry with this cursor, `<epoch>-<seq>`
                            h<cursor>  its head, if it has one; `e<cursor>`, the end, of the terminal entry
  <id>:body        body of more than a few KB, written and read past the functions
  requests         stream, group `workers`: fields `id`, `request`
  dispatch:<pool>  stream, group `workers`: field `id`;  `pools` is the set of pools
  line:<pool>:<tenant>  sorted set: generations of a tenant that wait until there is room in the stream (`lines.lua`), by their numbers; `turns:<pool>`,
                   sorted set of the tenants that have lines, by their turns; `lines`, hash of how many wait so, by tenant; `weights`, by tenant;
                   `pace:<n>`, how many moved up in a window of 5 s
  usage            stream, group `usage`: fields `record` and, where there is something, `asked`
  unread           sorted set: generations without a reader, by the time when they are cancelled
  count:<tenant>:<counter>  hash of what a limit counts in one window: `used`, `reserved`, and when it was `born`; expires
  attach:i<key>    hash of an idempotency key: `id` it names, hash of the `body`, `again` as above; expires
  attach:r<key>    hash of what an SDK may repeat: by id, when it was admitted and the retry counts of the calls that it stands for
                   (`<ms> <count>,<count>…`); expires with its youngest
  uncommitted      set, only with HA: ended generations whose terminal entry is not shown yet; they keep their usage `record` till then, and how
                   long they are to be kept (`keep`, ms)
  due              sorted set: when the reaper must look at a generation (deadline, or end of the lease)
  reaper           hash: time of the last sweep, until when nobody is reaped, and the `run` of the server
  push:<process>   shard channel: frames for the tails of a process

A log is part of its hash because a stream of its own costs six times as much to begin, and 4 KB, where most logs have one entry. It holds
at most two epochs: who takes over from a writer that has published something only writes the end.

Arguments and replies: the first is a sequence of fields, each a length (32 bits, big-endian) and that many bytes, numbers as decimal text;
thousands of small values a second then cost neither side a parse each. Blobs follow as arguments, or elements of the reply, of their own:
Lua hashes every byte of every string it makes, and a body among the fields would be paid for twice. A frame is fields only.

One command takes many ids wherever it can: a call from Lua costs about as much as the work it asks for.
]]

-- The reason of a cancel when nobody reads the answer any more (`unreadReason`).
local UNREAD = 'client_disconnected'

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

-- Three functions: the next field, the next blob, and whether there are more fields.
local function reader(args)
  local packed, position, argument = args[1], 1, 1
  local length = #packed
  local function field()
    local value
    value, position = struct.unpack('>I4c0', packed, position)
    return value
  end
  local function blob()
    argument = argument + 1
    return args[argument]
  end
  local function more()
    return position <= length
  end
  return field, blob, more
end

-- The lengths that come again and again, as they are packed.
local packed_lengths = {}

local function packed_length(size)
  local known = packed_lengths[size]
  if not known then
    known = struct.pack('>I4', size)
    if size <= 512 then packed_lengths[size] = known end
  end
  return known
end

-- Three functions: add a field, add a blob, and the reply made of them.
local function writer()
  local fields, reply = {}, { '' }
  local function add(value)
    fields[#fields + 1] = packed_length(#value)
    fields[#fields + 1] = value
  end
  local function add_blob(value)
    reply[#reply + 1] = value
  end
  local function finished()
    reply[1] = table.concat(fields)
    return reply
  end
  return add, add_blob, finished
end

-- Every new writer has a higher epoch, also after the clock or the data went back.
local function next_epoch(stored, now)
  return text(math.max(tonumber(stored or 0) + 1, now))
end

-- Joining more than this at once makes Lua copy and hash every byte several times (the size of its string buffer).
local MAX_MESSAGE_BYTES = 8000

-- Frames by process, published as few messages when they are enough for one, the rest at the end of a call.
local function outbox(base)
  local frames, sizes = {}, {}
  local self = {}

  local function publish(process)
    redis.call('SPUBLISH', base .. 'push:' .. process, table.concat(frames[process]))
    frames[process], sizes[process] = nil, nil
  end

  function self.add(process, ...)
    local values, size = { ... }, 0
    for i = 1, #values do
      size = size + 4 + #values[i]
    end
    if frames[process] and sizes[process] + size > MAX_MESSAGE_BYTES then publish(process) end
    local fields = frames[process]
    if not fields then
      fields = {}
      frames[process] = fields
    end
    sizes[process] = (sizes[process] or 0) + size
    local at = #fields
    for i = 1, #values do
      fields[at + 1], fields[at + 2] = packed_length(#values[i]), values[i]
      at = at + 2
    end
  end

  -- With HA an entry is pushed when it is committed.
  function self.entry(watchers, ...)
    if HA or not watchers or watchers == '' then return end
    self.shown_entry(watchers, ...)
  end

  function self.shown_entry(watchers, ...)
    if not string.find(watchers, ' ', 1, true) then return self.add(watchers, 'entry', ...) end
    for process in string.gmatch(watchers, '%S+') do
      self.add(process, 'entry', ...)
    end
  end

  function self.send()
    local processes = {}
    for process in pairs(frames) do
      processes[#processes + 1] = process
    end
    for _, process in ipairs(processes) do
      publish(process)
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

-- Changes of `due`, made at the end of a call.
local function agenda(base)
  local due, done = {}, {}
  local self = {}

  function self.at(time, id)
    due[#due + 1] = time
    due[#due + 1] = id
  end

  function self.remove(id)
    done[#done + 1] = id
  end

  function self.send()
    if #due > 0 then redis.call('ZADD', base .. 'due', unpack(due)) end
    if #done > 0 then redis.call('ZREM', base .. 'due', unpack(done)) end
  end

  return self
end

local function stream_of(state, pool)
  if state == 'accepted' then return 'requests' end
  if state == 'routed' then return 'dispatch:' .. pool end
end

-- Adds one entry to `changes` of the hash, and its frame. `previous` is the cursor of the entry before it, '' for the first of the log.
local function write_entry(changes, push, id, watchers, epoch, seq, previous, head, data, final)
  local cursor = epoch .. '-' .. seq
  local at = #changes
  changes[at + 1], changes[at + 2] = cursor, data
  if head ~= '' then changes[at + 3], changes[at + 4] = 'h' .. cursor, head end
  if final ~= '' then
    at = #changes
    changes[at + 1], changes[at + 2] = 'e' .. cursor, final
  end
  push.entry(watchers, id, epoch, seq, previous, head, data, final)
  return cursor
end

-- The arguments of an end: fields: state, again, finished, calls; blobs: terminal, usage.
local function read_ending(field, blob)
  return { state = field(), again = field(), finished = field(), calls = field(), terminal = blob(), usage = blob() }
end

-- The fields of a generation that its end asks for, whoever ends it.
local CONCLUDED = { 'state', 'item', 'pool', 'watchers', 'epoch', 'last', 'owner', 'request', 'calls', 'cancel', 'body_at',
  'charges', 'attach', 'line', 'asked' }

-- Sends a bill out, with what its call had asked (nil: nothing).
local function send_bill(base, record, asked)
  if asked then
    redis.call('XADD', base .. 'usage', '*', 'record', record, 'asked', asked)
  else
    redis.call('XADD', base .. 'usage', '*', 'record', record)
  end
end

-- Adds a provider call to those that a generation has announced.
local function announce(attempts, calls, now, target)
  local attempt = text((attempts or 0) + 1)
  local call = '{"attempt":' .. attempt .. ',"startedAt":' .. text(now) .. ',' .. target .. '}'
  return attempt, calls and calls ~= '' and calls .. ',' .. call or call
end

-- The fields of a generation that a step asks for, by name; nil where there is none.
local function load(base, id, names)
  local values, stored = redis.call('HMGET', base .. id, unpack(names)), {}
  for i, name in ipairs(names) do
    stored[name] = values[i] or nil
  end
  return stored
end
