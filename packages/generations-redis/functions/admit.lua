-- nothing → accepted. Arguments: maxWaiting, instance, notAfter; per item: id, deadlineAt, request, body, own body key ('1' or '').
-- Reply: time of the server; then per item `o` accepted, `w` too many are waiting, `l` too late: the caller was told 503 long ago.
local function admit(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local max_waiting, instance, not_after = tonumber(field()), field(), tonumber(field())

  local waiting = redis.call('XLEN', base .. 'requests')
  for _, pool in ipairs(redis.call('SMEMBERS', base .. 'pools')) do
    waiting = waiting + redis.call('XLEN', base .. 'dispatch:' .. pool)
  end

  local verdicts = {}
  while more() do
    local id, deadline, request, body, elsewhere = field(), field(), field(), field(), field()
    local key = base .. id
    local verdict = 'o'
    if redis.call('EXISTS', key) == 0 then
      if now > not_after then
        verdict = 'l'
      elseif waiting >= max_waiting then
        verdict = 'w'
      elseif elsewhere == '1' and redis.call('EXISTS', key .. ':body') == 0 then
        verdict = 'w'
      end
      if verdict == 'o' then
        waiting = waiting + 1
        local item = redis.call('XADD', base .. 'requests', '*', 'id', id, 'request', request)
        local kept = elsewhere == '1' and {} or { 'body', body }
        redis.call('HSET', key, 'state', 'accepted', 'request', request, 'deadline', deadline,
          'item', item, 'watchers', instance, unpack(kept))
        redis.call('ZADD', base .. 'due', deadline, id)
      elseif elsewhere == '1' then
        redis.call('DEL', key .. ':body')
      end
    end
    verdicts[#verdicts + 1] = verdict
  end
  return { now, table.concat(verdicts) }
end

register('admit', admit)
