-- running → terminal. Arguments: retention; per item: id, epoch, seq, head, provider, model, state, calls; blobs: data,
-- terminal, usage. Reply: one letter each, as `append`.
local function finish(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local retention = field()
  local push, when, verdicts = outbox(base), agenda(base), {}
  while more() do
    local id, epoch, seq, head, provider, model = field(), field(), field(), field(), field(), field()
    local state, calls = field(), field()
    local data, terminal, usage = blob(), blob(), blob()
    local writing, refusal = check_writer(base, id, epoch, seq, 1)
    if writing then
      local changes = { 'seq', seq, 'last', epoch .. '-' .. seq }
      write_entry(changes, push, id, writing.watchers, epoch, seq, writing.last, head, data, terminal)
      if head ~= '' then note_origin(changes, provider, model) end
      settle(base, when, id, state, now, calls, usage, retention, writing.body_at, changes)
    end
    verdicts[#verdicts + 1] = refusal or 'o'
  end
  when.send()
  push.send()
  return table.concat(verdicts)
end

register('finish', finish, { 'allow-oom' })
