-- accepted → failed, by the router. Arguments: retention; per item: id, state, terminal, usage. Reply: one letter each, as `route`.
local function reject(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local retention = field()
  local push, taken, verdicts = outbox(base), acknowledgements(base), {}
  while more() do
    local id, state, terminal, usage = field(), field(), field(), field()
    local stored = redis.call('HMGET', base .. id, 'state', 'item', 'watchers', 'epoch', 'last')
    if stored[1] == 'accepted' then
      taken.add('requests', stored[2])
      conclude(base, push, id, { watchers = stored[3], epoch = stored[4], last = stored[5] }, now,
        { state = state, json = terminal }, usage, retention)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = stored[1] and 's' or 'u'
    end
  end
  taken.send()
  push.send()
  return table.concat(verdicts)
end

register('reject', reject, { 'allow-oom' })
