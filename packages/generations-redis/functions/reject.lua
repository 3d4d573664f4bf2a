-- accepted → failed, by the router. Arguments: retention; per item: id, an ending (`read_ending`). Reply: one letter each, as `route`.
local function reject(keys, args)
  local base, now = keys[1], clock()
  local field, blob, more = reader(args)
  local push, ends, taken, verdicts = outbox(base), endings(base, now, field()), acknowledgements(base), {}
  while more() do
    local id, ending = field(), read_ending(field, blob)
    local stored = load(base, id, CONCLUDED)
    if stored.state == 'accepted' then
      taken.add('requests', stored.item)
      ends.conclude(push, id, stored, ending)
      verdicts[#verdicts + 1] = 'o'
    else
      verdicts[#verdicts + 1] = stored.state and 's' or 'u'
    end
  end
  taken.send()
  ends.send()
  push.send()
  return table.concat(verdicts)
end

register('reject', reject, { 'allow-oom' })
