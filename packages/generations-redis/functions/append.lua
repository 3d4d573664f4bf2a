-- What `append` and `finish` check before they write. `first` is the seq of the first entry, '' when the caller lost its place. Entries that are
-- there already (`seq` up to that of the log) are passed over.
-- Returns the stored fields, or nil and the letter of the reply: `o` this was written before (the reply was lost), `f` another epoch
-- holds it, `s` not in this state, `g` the log went back behind the writer, `u` unknown.
local function check_writer(base, id, epoch, first, count, also)
  local stored = redis.call('HMGET', base .. id, 'state', 'epoch', 'seq', 'last', 'watchers', 'first', 'body_at',
    'charges', 'attach', 'cancel', also or 'epoch')
  if not stored[1] then return nil, 'u' end
  if stored[2] ~= epoch then return nil, 'f' end
  local last = tonumber(stored[3])
  local repeated = first ~= '' and first + count - 1 == last
  if stored[1] ~= 'running' then
    return nil, (repeated and TERMINAL[stored[1]] and stored[4] == epoch .. '-' .. text(last)) and 'o' or 's'
  end
  if first == '' then return nil, 'f' end
  if tonumber(first) <= last + 1 and first + count - 1 > last or count == 0 then
    return { epoch = epoch, seq = last, last = stored[4] or '', watchers = stored[5], first = stored[6],
      body_at = stored[7], charges = stored[8] or nil, attach = stored[9], cancel = stored[10], also = stored[11] or nil }
  end
  return nil, (first + count - 1 <= last) and 'o' or 'g'
end

local function note_origin(changes, provider, model)
  local at = #changes
  changes[at + 1], changes[at + 2], changes[at + 3], changes[at + 4] = 'provider', provider, 'model', model
end

-- running → running. Per item: id, epoch, first seq, count; per entry: head, provider, model; blob: data. Reply: one letter each.
local function append(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local push, verdicts = outbox(base), {}
  while more() do
    local id, epoch, first, count = field(), field(), field(), tonumber(field())
    local writing, refusal = check_writer(base, id, epoch, first, count)
    local changes, seq_of_entry = {}, tonumber(first)
    for _ = 1, count do
      local head, provider, model, data = field(), field(), field(), blob()
      if writing and seq_of_entry > writing.seq then
        writing.seq = writing.seq + 1
        local seq = text(writing.seq)
        writing.last = write_entry(changes, push, id, writing.watchers, epoch, seq, writing.last, head, data, '')
        if head ~= '' then note_origin(changes, provider, model) end
      end
      seq_of_entry = (seq_of_entry or 0) + 1
    end
    if writing and count > 0 then
      local first = writing.first or text(now)
      redis.call('HSET', base .. id, 'seq', text(writing.seq), 'last', writing.last, 'first', first, unpack(changes))
    end
    verdicts[#verdicts + 1] = refusal or 'o'
  end
  push.send()
  return table.concat(verdicts)
end

register('append', append, { 'allow-oom' })
