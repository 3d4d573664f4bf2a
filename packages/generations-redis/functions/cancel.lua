-- accepted, routed → cancelled; running: its holder is told. Arguments: retention; per item: id, reason, calls; blobs: terminal, usage.
-- An empty terminal asks what would have to be written. Reply, fields per item: `c` cancelled, `r` requested, `e` ended before,
-- `u` unknown, or `?` (write a verdict and call again), calls, blob: request.
local CANCELLED = { 'state', 'item', 'pool', 'watchers', 'epoch', 'last', 'owner', 'request', 'calls', 'cancel', 'body_at' }

local function cancel(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local retention = field()
  local push, when, taken = outbox(base), agenda(base), acknowledgements(base)
  local add, add_blob, finished = writer()
  while more() do
    local id, reason, calls, terminal, usage = field(), field(), field(), blob(), blob()
    local stored = load(base, id, CANCELLED)
    if not stored.state then
      add('u')
    elseif TERMINAL[stored.state] then
      add('e')
    elseif stored.state == 'running' then
      if not stored.cancel then
        redis.call('HSET', base .. id, 'cancel', reason)
        push.add(stored.owner, 'cancelled', id, stored.epoch)
      end
      add('r')
    elseif terminal == '' then
      add('?')
      add(stored.calls or '')
      add_blob(stored.request)
    else
      taken.add(stream_of(stored.state, stored.pool), stored.item)
      conclude(base, push, when, id, stored, now, { state = 'cancelled', json = terminal }, calls, usage, retention)
      add('c')
    end
  end
  taken.send()
  when.send()
  push.send()
  return finished()
end

register('cancel', cancel, { 'allow-oom' })
