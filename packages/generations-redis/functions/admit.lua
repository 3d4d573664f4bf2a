-- nothing → accepted. Arguments: maxWaiting, instance, notAfter, time that an idempotency key is kept, time that a retry finds its original;
-- per item: id, time to its deadline, body_at, tenant, amount, attach ('' or its kind, `i` or `r`, and key), hash of the body, retry count; blobs:
-- request, body. Reply: time of the server; per item `o` accepted, `j` joins another one, `m` its key belongs to another request, `w` too
-- many are waiting, `l` too late: the caller was told 503 long ago; then the ids that are joined, one after the other.
local function admit(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local max_waiting, instance, not_after = tonumber(field()), field(), tonumber(field())
  local windows = { idempotency = tonumber(field()), retry = tonumber(field()) }

  local waiting = redis.call('XLEN', base .. 'requests')
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    waiting = waiting + redis.call('XLEN', base .. 'dispatch:' .. pool)
  end

  local items, item_keys = {}, {}
  while more() do
    -- By the clock of this server: those of processes may be wrong.
    local item = { id = field(), deadline = text(now + tonumber(field())), body_at = field(), tenant = field(), amount = field(), attach = field(),
      body_hash = field(), retry_count = field(), request = blob(), body = blob() }
    items[#items + 1] = item
    item_keys[#item_keys + 1] = base .. item.id
  end
  local some_exist = redis.call('EXISTS', unpack(item_keys)) > 0

  local find, note = attachments(base, now, windows)
  local when, held, verdicts, joined = agenda(base), reservations(base), {}, {}

  local function accept(item, key)
    waiting = waiting + 1
    local entry = redis.call('XADD', base .. 'requests', '*', 'id', item.id, 'request', item.request)
    local more_fields = item.body_at == '1' and { 'body_at', '1' } or { 'body', item.body }
    if item.attach ~= '' then
      note(item)
      more_fields[3], more_fields[4] = 'attach', item.attach
    end
    redis.call('HSET', key, 'state', 'accepted', 'request', item.request, 'deadline', item.deadline, 'item', entry,
      'watchers', instance, 'held', held.hold(item.tenant, item.amount), unpack(more_fields))
    when.at(item.deadline, item.id)
  end

  for i, item in ipairs(items) do
    local key, verdict = item_keys[i], 'o'
    -- The same id again is a repetition: it was accepted.
    if not some_exist or redis.call('EXISTS', key) == 0 then
      local id
      if now > not_after then
        verdict = 'l'
      elseif item.attach ~= '' then
        verdict, id = find(item)
        if verdict == 'n' then verdict = 'o' end
      end
      if verdict == 'o' and waiting >= max_waiting then verdict = 'w' end
      if verdict == 'o' then
        accept(item, key)
      elseif item.body_at == '1' then
        redis.call('DEL', key .. ':body')
      end
      if verdict == 'j' then joined[#joined + 1] = id end
    end
    verdicts[i] = verdict
  end
  when.send()
  held.send()
  return { now, table.concat(verdicts), table.concat(joined) }
end

register('admit', admit)
