-- Renews leases. Arguments: leaseMs, graceMs, lostReaderGraceMs; per item: id, epoch. Reply: one letter each: `o` renewed, `c` cancelling was asked for
-- (not renewed: the holder has one lease to end it), `l` lost.
local function heartbeat(keys, args)
  local base, now = keys[1], clock()
  local field, _, more = reader(args)
  local lease, grace, lost_grace = tonumber(field()), tonumber(field()), tonumber(field())
  local when, verdicts, processes = agenda(base), {}, {}
  while more() do
    local id, epoch = field(), field()
    local stored = redis.call('HMGET', base .. id, 'state', 'epoch', 'deadline', 'cancel', 'watchers', 'lost')
    if stored[1] ~= 'running' or stored[2] ~= epoch then
      verdicts[#verdicts + 1] = 'l'
    elseif stored[4] then
      verdicts[#verdicts + 1] = 'c'
    else
      -- A holder that lives gets two heartbeats past the deadline to end it by itself, with the counts that only it knows.
      when.at(math.min(now + lease, stored[3] + grace), id)
      mind_readers(base, id, stored[5], stored[6], now + lost_grace, processes)
      verdicts[#verdicts + 1] = 'o'
    end
  end
  when.send()
  return table.concat(verdicts)
end

register('heartbeat', heartbeat, { 'allow-oom' })
