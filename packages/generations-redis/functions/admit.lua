-- nothing → accepted. Arguments: maxWaiting, shared, instance, notAfter, time that an idempotency key is kept, time that a retry finds its original;
-- per item: id, time to its deadline, body_at, tenant, weight ('' for 1), charges ('' or lines as `charges.lua` says; before them a `!` when this is the repetition of what was
-- accepted), attach ('' or its kind, `i` or `r`, and key), hash of the body, retry count; blobs: request, body, asked ('' when it adds nothing to a
-- conversation).
-- Reply: time of the server; per item `o` accepted, `j` joins another one, `m` its key belongs to another request, `w` too many are waiting, `q` too many of its
-- tenant, `c` and `n` no room, or none known, within its limits, `l` too late: the caller was told 503 long ago; then the ids that are joined, one after the other; for every item
-- with charges that got `o`, `c` or `n` one field, numbers separated by blanks: what `take` says. With `w` and `q`: how
-- many wait, and the pace at which they move up (per 1,000 s).
local function admit(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local max_waiting, shared, instance, not_after = tonumber(field()), tonumber(field()), field(), tonumber(field())
  local windows = { idempotency = tonumber(field()), retry = tonumber(field()) }

  local waiting = redis.call('XLEN', base .. 'requests')
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    waiting = waiting + redis.call('XLEN', base .. 'dispatch:' .. pool)
  end

  local items, item_keys = {}, {}
  while more() do
    -- By the clock of this server: those of processes may be wrong.
    local item = { id = field(), deadline = text(now + tonumber(field())), body_at = field(), tenant = field(), weight = field(), charges = field(), attach = field(),
      body_hash = field(), retry_count = field(), request = blob(), body = blob(),
      asked = blob() }
    items[#items + 1] = item
    item_keys[#item_keys + 1] = base .. item.id
  end
  local some_exist = redis.call('EXISTS', unpack(item_keys)) > 0

  -- Lines stand behind full streams only.
  local in_lines, tenants_in_lines = {}, 0
  if waiting >= shared then
    waiting = waiting + tonumber(redis.call('HGET', base .. 'lines', '*') or 0)
    -- But `*` and `#`.
    tenants_in_lines = redis.call('HLEN', base .. 'lines') - 2
  end

  -- Half of the room is shared out among the tenants that have lines; the other half is for those that come.
  local function has_long_line(tenant)
    if tenants_in_lines <= 0 then return false end
    in_lines[tenant] = in_lines[tenant] or tonumber(redis.call('HGET', base .. 'lines', tenant) or 0)
    return in_lines[tenant] > 0 and in_lines[tenant] >= max_waiting / (2 * tenants_in_lines)
  end

  local find, note = attachments(base, now, windows)
  local when, verdicts, joined = agenda(base), {}, {}
  local counted, add, finished, _

  local function accept(item, key)
    waiting = waiting + 1
    local entry = redis.call('XADD', base .. 'requests', '*', 'id', item.id, 'request', item.request)
    local more_fields = item.body_at == '1' and { 'body_at', '1' } or { 'body', item.body }
    if item.attach ~= '' then
      note(item)
      more_fields[3], more_fields[4] = 'attach', item.attach
    end
    if item.weight ~= '' then
      more_fields[#more_fields + 1] = 'weight'
      more_fields[#more_fields + 1] = item.weight
    end
    if item.kept then
      more_fields[#more_fields + 1] = 'charges'
      more_fields[#more_fields + 1] = item.kept
    end
    if item.asked ~= '' then
      more_fields[#more_fields + 1] = 'asked'
      more_fields[#more_fields + 1] = item.asked
    end
    redis.call('HSET', key, 'state', 'accepted', 'request', item.request, 'deadline', item.deadline, 'item', entry,
      'watchers', instance, unpack(more_fields))
    when.at(item.deadline, item.id)
  end

  local function tell(numbers)
    if not add then add, _, finished = writer() end
    add(table.concat(numbers, ' '))
  end

  local function charge(item)
    counted = counted or counters(base, now)
    local repeated = string.sub(item.charges, 1, 1) == '!'
    local verdict, numbers, kept = counted.take(item.tenant, item.charges, repeated)
    tell(numbers)
    item.kept = kept
    return verdict
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
      if verdict == 'o' then
        if waiting >= max_waiting then
          verdict = 'w'
        elseif has_long_line(item.tenant) then
          verdict = 'q'
        end
        if verdict ~= 'o' then tell({ text(waiting), pace(base, now) }) end
      end
      if verdict == 'o' and item.charges ~= '' then verdict = charge(item) end
      if verdict == 'o' then
        accept(item, key)
      elseif item.body_at == '1' then
        redis.call('DEL', key .. ':body')
      end
      if verdict == 'j' then joined[#joined + 1] = id end
    elseif item.charges ~= '' then
      tell({})
    end
    verdicts[i] = verdict
  end
  when.send()
  if counted then counted.send() end
  return { now, table.concat(verdicts), table.concat(joined), finished and finished()[1] or '' }
end

register('admit', admit)
