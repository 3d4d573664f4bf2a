-- Entries after a cursor. Per item: id, cursor (`<epoch>-<seq>` or ''), maxBytes, process that wants what follows pushed ('' for none).
-- Reply, fields per item: `o`, ended ('1' or ''), more ('1' or ''), count, per entry: cursor, head, end, blob: data;
-- or only `r` (the log has no such cursor), `u` (no such log).
local CHUNK = 16

local function parse(cursor)
  local epoch, seq = string.match(cursor or '', '^(%d+)-(%d+)$')
  return { epoch = tonumber(epoch or 0), seq = tonumber(seq or 0) }
end

local function watch(key, watchers, process)
  for watcher in string.gmatch(watchers or '', '%S+') do
    if watcher == process then return end
  end
  redis.call('HSET', key, 'watchers', watchers and watchers ~= '' and watchers .. ' ' .. process or process)
end

-- Up to `count` cursors that follow on `cursor`, which is nil for the beginning; nil when the log has no such cursor.
-- `last` and `turn` bound the log: all entries up to `turn` are of the epoch before that of `last`.
local function following(cursor, last, turn, count)
  local cursors = {}
  local function add(epoch, from, to)
    for seq = from, math.min(to, from + count - #cursors - 1) do
      cursors[#cursors + 1] = text(epoch) .. '-' .. text(seq)
    end
  end
  local from = cursor or { epoch = turn.seq > 0 and turn.epoch or last.epoch, seq = 0 }
  if turn.seq > 0 and from.epoch == turn.epoch and from.seq <= turn.seq then
    add(turn.epoch, from.seq + 1, turn.seq)
    add(last.epoch, 1, last.seq)
  elseif from.epoch == last.epoch and from.seq <= last.seq then
    add(last.epoch, from.seq + 1, last.seq)
  elseif cursor then
    return nil
  end
  return cursors
end

-- Entries after the cursor, and whether there are more; nil when the log has no such cursor.
local function entries_after(key, cursor, last, turn, max_bytes)
  local entries, bytes = {}, 0
  while true do
    local cursors = following(cursor, last, turn, CHUNK)
    if not cursors then return nil end
    if #cursors == 0 then return entries, false end
    local names = {}
    for i, at in ipairs(cursors) do
      names[3 * i - 2], names[3 * i - 1], names[3 * i] = at, 'h' .. at, 'e' .. at
    end
    local values = redis.call('HMGET', key, unpack(names))
    for i, at in ipairs(cursors) do
      local data = values[3 * i - 2]
      bytes = bytes + #data
      if #entries > 0 and bytes > max_bytes then return entries, true end
      entries[#entries + 1] = { cursor = at, data = data, head = values[3 * i - 1] or '', final = values[3 * i] or '' }
      cursor = parse(at)
    end
  end
end

-- `last` and `turn` of the part of the log that may be seen, and whether that is all of it.
local function shown_part(stored)
  local last, turn = parse(stored.last), parse(stored.turn)
  if not HA then return last, turn, true end
  local shown = parse(stored.shown)
  if shown.epoch == last.epoch then return shown, turn, shown.seq == last.seq end
  return shown, parse(''), false
end

local function read(keys, args)
  local base = keys[1]
  local field, _, more = reader(args)
  local add, add_blob, finished = writer()
  while more() do
    local id, cursor, max_bytes, process = field(), field(), tonumber(field()), field()
    local stored = load(base, id, { 'state', 'watchers', 'last', 'turn', 'shown' })
    if not stored.state then
      add('u')
    else
      local after = cursor ~= '' and parse(cursor) or nil
      local last, turn, is_whole = shown_part(stored)
      local entries, rest = entries_after(base .. id, after, last, turn, max_bytes)
      -- Committed once, and a failover has forgotten that: it is shown again in a moment.
      if not entries and not is_whole and following(after, parse(stored.last), parse(stored.turn), 1) then
        entries, rest = {}, false
      end
      if not entries then
        add('r')
      else
        local ended = TERMINAL[stored.state] and is_whole
        if process ~= '' and not ended then watch(base .. id, stored.watchers, process) end
        add('o')
        add(ended and '1' or '')
        add(rest and '1' or '')
        add(text(#entries))
        for _, entry in ipairs(entries) do
          add(entry.cursor)
          add(entry.head)
          add(entry.final)
          add_blob(entry.data)
        end
      end
    end
  end
  return finished()
end

register('read', read, { 'allow-oom' })
