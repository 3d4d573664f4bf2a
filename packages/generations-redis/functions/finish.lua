-- running → terminal. Arguments: retention; per item: id, epoch, seq, head, provider, model, data, state, terminal, usage.
-- Reply: one letter each, as `append`.
local function finish(keys, args)
  local base, now = keys[1], clock()
  local field, more = reader(args[1])
  local retention = field()
  local push, verdicts = outbox(base), {}
  while more() do
    local id, epoch, seq, head, provider, model, data = field(), field(), field(), field(), field(), field(), field()
    local state, terminal, usage = field(), field(), field()
    local writer, refusal = admit_writer(base, id, epoch, seq, 1)
    if writer then
      write_entry(base, push, id, writer.watchers, epoch, seq, writer.last, head, data, terminal)
      local changes = { 'seq', seq, 'last', epoch .. '-' .. seq }
      if head ~= '' then changes = { 'seq', seq, 'last', epoch .. '-' .. seq, 'provider', provider, 'model', model } end
      settle(base, id, state, now, usage, retention, changes)
    end
    verdicts[#verdicts + 1] = refusal or 'o'
  end
  push.send()
  return table.concat(verdicts)
end

register('finish', finish, { 'allow-oom' })
