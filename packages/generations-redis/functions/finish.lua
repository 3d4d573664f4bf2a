-- running → terminal. Arguments: retention; per item: id, epoch, seq, head, provider, model; blob: data; an ending (`read_ending`).
-- Reply: one letter each, as `append`.
local function finish(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local push, ends, verdicts = outbox(base), endings(base, now, field()), {}
  while more() do
    local id, epoch, seq, head, provider, model = field(), field(), field(), field(), field(), field()
    local data, ending = blob(), read_ending(field, blob)
    local writing, refusal = check_writer(base, id, epoch, seq, 1, 'asked')
    if writing then
      writing.asked = writing.also
      local changes = { 'seq', seq, 'last', epoch .. '-' .. seq }
      write_entry(changes, push, id, writing.watchers, epoch, seq, writing.last, head, data, ending.terminal)
      if head ~= '' then note_origin(changes, provider, model) end
      ends.settle(id, writing, ending, changes)
    end
    verdicts[#verdicts + 1] = refusal or 'o'
  end
  ends.send()
  push.send()
  return table.concat(verdicts)
end

register('finish', finish, { 'allow-oom' })
