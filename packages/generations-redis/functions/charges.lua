-- What limits count. See `Charge` in the port for the rules. Nothing here runs for a call without limits.

-- Beyond it a double loses units.
local MAX_COUNT = 2 ^ 53 - 1
-- A counter outlives its window by this; one that has none, its last charge, ms.
local COUNTER_MARGIN, COUNTER_IDLE = 60 * 1000, 24 * 60 * 60 * 1000

-- Counters by key, read once and written once in a call.
local function counters(base, now)
  local known, changed = {}, {}
  local self = {}

  local function key_of(tenant, name)
    return base .. 'count:' .. tenant .. ':' .. name
  end

  local function find(key)
    local counter = known[key]
    if not counter then
      local stored = redis.call('HMGET', key, 'used', 'reserved', 'born')
      counter = { used = tonumber(stored[1] or 0), reserved = tonumber(stored[2] or 0), born = stored[3] or nil }
      known[key] = counter
    end
    return counter
  end

  local function change(key, counter)
    known[key], changed[key] = counter, true
  end

  local function begin(counter, ends)
    local time = redis.call('TIME')
    counter.born = time[1] .. '.' .. time[2]
    counter.expires = ends ~= '-' and text(tonumber(ends) + COUNTER_MARGIN) or nil
  end

  -- All or none. `charges`: lines of metric, max, amount, end of the window or `-`, `d` for durable or `-`, name. Returns a letter and a list: `o` and the
  -- levels that are left behind; `c` and, for each that does not fit, its place and level; `n` and the places of those that only the ledger
  -- knows. With `o` also what is kept with the generation: the tenant, then lines of metric, amount, `born` of the counter, name.
  -- `repeated`: it was taken before the server went back. Whether there is room is not asked again, and a durable counter that went with it is
  -- left to its seed, which may have this call in it.
  function self.take(tenant, charges, repeated)
    local taken, excess, unseeded = {}, {}, {}
    for metric, max, amount, ends, durable, name in string.gmatch(charges, '(%a) (%d+) (%d+) (%S+) (%S) ([^\n]+)') do
      local key = key_of(tenant, name)
      local counter, place = find(key), text(#taken)
      local level, wanted = counter.used + counter.reserved, tonumber(amount)
      taken[#taken + 1] = { key = key, metric = metric, amount = wanted, ends = ends, durable = durable == 'd', name = name, counter = counter }
      if durable == 'd' and not counter.born then
        unseeded[#unseeded + 1] = place
      elseif level + wanted > tonumber(max) or level >= tonumber(max) then
        excess[#excess + 1], excess[#excess + 2] = place, text(level)
      end
    end
    if not repeated and #unseeded > 0 then return 'n', unseeded end
    if not repeated and #excess > 0 then return 'c', excess end
    local levels, kept = {}, { tenant }
    for i, charge in ipairs(taken) do
      local counter = charge.counter
      if not charge.durable and not counter.born then begin(counter, charge.ends) end
      if counter.born then
        counter.reserved = counter.reserved + charge.amount
        if charge.ends == '-' then
          counter.expires = text(now + COUNTER_IDLE)
        elseif tonumber(charge.ends) < now then
          -- A process whose clock is slow counts in a window that is over here: its limit holds there, too.
          counter.expires = text(now + COUNTER_MARGIN)
        end
        change(charge.key, counter)
      end
      levels[i] = text(counter.used + counter.reserved)
      kept[i + 1] = charge.metric .. ' ' .. text(charge.amount) .. ' ' .. (counter.born or '-') .. ' ' .. charge.name
    end
    return 'o', levels, table.concat(kept, '\n')
  end

  -- `kept`: what `take` gave. `usage`: the bill.
  function self.settle(kept, usage)
    local tenant, lines = string.match(kept, '^([^\n]+)\n(.*)$')
    local bill = cjson.decode(usage)
    local costs = { r = 1, t = bill.input_tokens + bill.output_tokens, m = bill.amount_nano_usd, c = 0 }
    for metric, amount, born, name in string.gmatch(lines, '(%a) (%d+) (%S+) ([^\n]+)') do
      local key = key_of(tenant, name)
      local counter = find(key)
      if counter.born == born then
        counter.reserved = counter.reserved - tonumber(amount)
        counter.used = math.min(counter.used + costs[metric], MAX_COUNT)
        counter.is_idle = metric == 'c' and counter.reserved == 0
        change(key, counter)
      end
    end
  end

  -- False: it has to begin, and may not.
  function self.seed(tenant, name, used, ends, may_begin)
    local key = key_of(tenant, name)
    local counter = find(key)
    if not counter.born then
      if not may_begin then return false end
      begin(counter, ends)
    end
    if ends == '-' then counter.expires = text(now + COUNTER_IDLE) end
    counter.used = math.max(counter.used, used)
    change(key, counter)
    return true
  end

  function self.send()
    for key in pairs(changed) do
      local counter = known[key]
      if counter.is_idle then
        redis.call('DEL', key)
      else
        redis.call('HSET', key, 'used', text(counter.used), 'reserved', text(counter.reserved), 'born', counter.born)
        if counter.expires then redis.call('PEXPIREAT', key, counter.expires) end
      end
    end
  end

  return self
end

-- Seeds of counters. Arguments: tenant; per item: name, used, end of the window or `-`. Reply: 1, or 0 when one that is not there was not seeded: who held
-- a generation when the server lost its memory has until the first sweep would take it over to report its bill.
local function seed(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local tenant, known, done = field(), counters(base, now), 1
  local hold = redis.call('HGET', base .. 'reaper', 'hold')
  local may_begin = hold and now >= tonumber(hold)
  while more() do
    local name, used, ends = field(), tonumber(field()), field()
    if not known.seed(tenant, name, used, ends, may_begin) then done = 0 end
  end
  known.send()
  return done
end

-- Arguments: tenant; per item: name. Reply, fields per item: used (or '' when it is not there), reserved.
local function counts(keys, args)
  local base = keys[1]
  local field, _, more = reader(args)
  local tenant = field()
  local add, _, finished = writer()
  while more() do
    local stored = redis.call('HMGET', base .. 'count:' .. tenant .. ':' .. field(), 'used', 'reserved')
    add(stored[1] or '')
    add(stored[2] or '')
  end
  return finished()
end

register('seed', seed)
register('counts', counts, { 'no-writes' })
