-- nothing → accepted. Arguments: maxWaiting, instance, notAfter; per item: id, deadlineAt, body_at; blobs: request, body.
-- Reply: time of the server; then per item `o` accepted, `w` too many are waiting, `l` too late: the caller was told 503 long ago.
local function admit(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local max_waiting, instance, not_after = tonumber(field()), field(), tonumber(field())

  local waiting = redis.call('XLEN', base .. 'requests')
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    waiting = waiting + redis.call('XLEN', base .. 'dispatch:' .. pool)
  end

  local items, item_keys = {}, {}
  while more() do
    local item = { id = field(), deadline = field(), body_at = field(), request = blob(), body = blob() }
    items[#items + 1] = item
    item_keys[#item_keys + 1] = base .. item.id
  end
  local some_exist = redis.call('EXISTS', unpack(item_keys)) > 0

  local when, verdicts = agenda(base), {}
  for i, item in ipairs(items) do
    local key, verdict = item_keys[i], 'o'
    -- The same id again is a repetition: it was accepted.
    if not some_exist or redis.call('EXISTS', key) == 0 then
      if now > not_after then
        verdict = 'l'
      elseif waiting >= max_waiting then
        verdict = 'w'
      end
      if verdict == 'o' then
        waiting = waiting + 1
        local entry = redis.call('XADD', base .. 'requests', '*', 'id', item.id, 'request', item.request)
        local body = item.body_at == '1' and { 'body_at', '1' } or { 'body', item.body }
        redis.call('HSET', key, 'state', 'accepted', 'request', item.request, 'deadline', item.deadline,
          'item', entry, 'watchers', instance, unpack(body))
        when.at(item.deadline, item.id)
      elseif item.body_at == '1' then
        redis.call('DEL', key .. ':body')
      end
    end
    verdicts[i] = verdict
  end
  when.send()
  return { now, table.concat(verdicts) }
end

register('admit', admit)
