-- Which calls are one generation. See `Attach` in the port for the rules.
local MAX_PER_RETRY_KEY = 64

-- Whether it is being ended because nobody reads it any more. Once it has ended, `again` says so.
local function is_unread(base, id)
  return redis.call('HGET', base .. id, 'cancel') == UNREAD
end

-- What an idempotency key says: `n` a new generation, `m` the key belongs to another request, or `j` and the id that it names.
local function find_by_key(base, key, item)
  local stored = redis.call('HMGET', key, 'id', 'body', 'again')
  if not stored[1] then return 'n' end
  if stored[2] ~= item.body_hash then return 'm' end
  if stored[3] or is_unread(base, stored[1]) then return 'n' end
  return 'j', stored[1]
end

local function has_count(counts, count)
  return string.find(',' .. counts .. ',', ',' .. count .. ',', 1, true) ~= nil
end

-- What the key names, the oldest first; what is too old is forgotten.
local function originals(key, now, window)
  local fields, named = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do
    local at, counts = string.match(fields[i + 1], '^(%d+) (.*)$')
    if tonumber(at) + window <= now then
      redis.call('HDEL', key, fields[i])
    else
      named[#named + 1] = { id = fields[i], at = tonumber(at), counts = counts }
    end
  end
  table.sort(named, function(one, other)
    if one.at ~= other.at then return one.at < other.at end
    return one.id < other.id
  end)
  return named
end

-- As `find_by_key`, and with `n` the entry whose place the new generation takes, and all that the key names.
local function find_by_call(base, key, item, now, window)
  local named, joinable = originals(key, now, window), nil
  for _, original in ipairs(named) do
    if not has_count(original.counts, item.retry_count) then
      local stored = load(base, original.id, { 'state', 'cancel', 'again' })
      if stored.again or stored.cancel == UNREAD then return 'n', original, named end
      local goes_on = stored.state and not TERMINAL[stored.state] and not stored.cancel
      if not joinable and (goes_on or stored.state == 'completed') then joinable = original end
    end
  end
  if not joinable then return 'n', nil, named end
  redis.call('HSET', key, joinable.id, text(joinable.at) .. ' ' .. joinable.counts .. ',' .. item.retry_count)
  return 'j', joinable.id
end

-- Two functions for one call of `admit`: what becomes of an item (`n`; `m`; `j`, id), and noting a new generation.
local function attachments(base, now, windows)
  local function find(item)
    local key = base .. 'attach:' .. item.attach
    if string.sub(item.attach, 1, 1) == 'i' then return find_by_key(base, key, item) end
    local verdict, found, named = find_by_call(base, key, item, now, windows.retry)
    item.replaced, item.named = verdict == 'n' and found or nil, named
    return verdict, found
  end

  local function note(item)
    local key = base .. 'attach:' .. item.attach
    if string.sub(item.attach, 1, 1) == 'i' then
      redis.call('DEL', key)
      redis.call('HSET', key, 'id', item.id, 'body', item.body_hash)
      redis.call('PEXPIRE', key, windows.idempotency)
      return
    end
    local counts, replaced = item.retry_count, item.replaced
    if replaced then
      counts = replaced.counts .. ',' .. counts
      redis.call('HDEL', key, replaced.id)
    elseif #item.named >= MAX_PER_RETRY_KEY then
      redis.call('HDEL', key, item.named[1].id)
    end
    redis.call('HSET', key, item.id, text(now) .. ' ' .. counts)
    redis.call('PEXPIRE', key, windows.retry)
  end

  return find, note
end

-- The whole answer reached a client. Per item: id. Reply: one letter each: `o`.
local function deliver(keys, args)
  local base, verdicts = keys[1], {}
  local field, _, more = reader(args)
  while more() do
    local id = field()
    local attach = redis.call('HGET', base .. id, 'attach')
    if attach and string.sub(attach, 1, 1) == 'r' then redis.call('HDEL', base .. 'attach:' .. attach, id) end
    verdicts[#verdicts + 1] = 'o'
  end
  return table.concat(verdicts)
end

register('deliver', deliver, { 'allow-oom' })
