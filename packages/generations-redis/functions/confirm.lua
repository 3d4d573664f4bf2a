-- Usage records that their handler has taken over. Per item: entry id.
local function confirm(keys, args)
  local field, _, more = reader(args)
  local ids = {}
  while more() do
    ids[#ids + 1] = field()
  end
  redis.call('XACK', keys[1] .. 'usage', 'usage', unpack(ids))
  redis.call('XDEL', keys[1] .. 'usage', unpack(ids))
  return #ids
end

register('confirm', confirm, { 'allow-oom' })
