-- Entries after a cursor. Per item: id, cursor (`<epoch>-<seq>` or ''), maxBytes, process that wants what follows pushed ('' for none).
-- Reply, packed, per item: `o`, ended ('1' or ''), more ('1' or ''), count, per entry: `<epoch>-<seq>`, head, data, end;
-- or only `r` (the log has no such cursor), `u` (no such log).
local CHUNK = 16

local function is_in_log(log, cursor)
  local epoch, seq = string.match(cursor, '^(%d+)-(%d+)$')
  -- `<epoch>-0` is the place before the first entry of an epoch.
  local first, last = cursor, cursor
  if seq == '0' then
    first, last = epoch, epoch
  end
  return #redis.call('XRANGE', log, first, last, 'COUNT', 1) > 0
end

local function watch(key, watchers, process)
  for watcher in string.gmatch(watchers or '', '%S+') do
    if watcher == process then return end
  end
  redis.call('HSET', key, 'watchers', watchers and watchers ~= '' and watchers .. ' ' .. process or process)
end

local function entries_after(log, cursor, max_bytes)
  local entries, count, bytes = {}, 0, 0
  local from = cursor == '' and '-' or '(' .. cursor
  while true do
    local chunk = redis.call('XRANGE', log, from, '+', 'COUNT', CHUNK)
    for _, entry in ipairs(chunk) do
      local values = {}
      for i = 1, #entry[2], 2 do
        values[entry[2][i]] = entry[2][i + 1]
      end
      bytes = bytes + #values.d
      if count > 0 and bytes > max_bytes then return entries, count, true end
      pack(entries, entry[1])
      pack(entries, values.h or '')
      pack(entries, values.d)
      pack(entries, values.e or '')
      count = count + 1
      from = '(' .. entry[1]
    end
    if #chunk < CHUNK then return entries, count, false end
  end
end

local function read(keys, args)
  local base = keys[1]
  local field, more = reader(args[1])
  local reply = {}
  while more() do
    local id, cursor, max_bytes, process = field(), field(), tonumber(field()), field()
    local key = base .. id
    local stored = redis.call('HMGET', key, 'state', 'watchers')
    if not stored[1] then
      pack(reply, 'u')
    elseif cursor ~= '' and not is_in_log(key .. ':log', cursor) then
      pack(reply, 'r')
    else
      if process ~= '' and not TERMINAL[stored[1]] then watch(key, stored[2], process) end
      local entries, count, rest = entries_after(key .. ':log', cursor, max_bytes)
      pack(reply, 'o')
      pack(reply, TERMINAL[stored[1]] and '1' or '')
      pack(reply, rest and '1' or '')
      pack(reply, text(count))
      reply[#reply + 1] = table.concat(entries)
    end
  end
  return table.concat(reply)
end

register('read', read, { 'allow-oom' })
