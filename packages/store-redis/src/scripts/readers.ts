// How a range sees its shard as it was at the call, though chunks are read one after the other and others write between:
// the reader is noted, with a lease; whoever changes a key first keeps the key's value of before for each reader that does not
// have one yet. A chunk is what is there now plus what was kept. When a shard is emptied while somebody reads, its data are
// renamed for the readers instead of deleted. Without readers all this costs a write one look at an empty key.
//
// Keys of a shard: :meta, :data (key → value), :index (the keys in order); for readers :readers (id → end of its lease), :bases
// (id → number of the emptying whose data it reads), :kept (those numbers), :data:<n>, :index:<n>, :undo:<id> (key → "v" and the
// value of before, or "-" for none) and :undo-index:<id>.

/** Functions about readers, at the beginning of scripts. */
export const READERS: string = `
local base = KEYS[1]

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Data of emptyings that nobody reads any more.
local function release()
  local kept = redis.call('SMEMBERS', base .. ':kept')
  if #kept == 0 then return end
  local used = {}
  for _, number in ipairs(redis.call('HVALS', base .. ':bases')) do used[number] = true end
  for _, number in ipairs(kept) do
    if not used[number] then
      redis.call('UNLINK', base .. ':data:' .. number, base .. ':index:' .. number)
      redis.call('SREM', base .. ':kept', number)
    end
  end
end

local function forget(id)
  redis.call('ZREM', base .. ':readers', id)
  redis.call('HDEL', base .. ':bases', id)
  redis.call('UNLINK', base .. ':undo:' .. id, base .. ':undo-index:' .. id)
end

-- The readers of the present data, after those whose lease has ended are gone.
local function readers()
  if redis.call('EXISTS', base .. ':readers') == 0 then return {} end
  local ended = redis.call('ZRANGEBYSCORE', base .. ':readers', '-inf', now())
  for _, id in ipairs(ended) do forget(id) end
  if #ended > 0 then release() end
  local found = {}
  for _, id in ipairs(redis.call('ZRANGE', base .. ':readers', 0, -1)) do
    if redis.call('HEXISTS', base .. ':bases', id) == 0 then found[#found + 1] = id end
  end
  return found
end

-- Before a key changes.
local function keep(ids, key)
  local old = redis.call('HGET', base .. ':data', key)
  for _, id in ipairs(ids) do
    if redis.call('HSETNX', base .. ':undo:' .. id, key, old and 'v' .. old or '-') == 1 then
      redis.call('ZADD', base .. ':undo-index:' .. id, 0, key)
    end
  end
end
`

/** ARGV: id, lease. */
export const BEGIN: string = `${READERS}
redis.call('ZADD', base .. ':readers', now() + ARGV[2], ARGV[1])
return 'ok'
`

/** ARGV: lease, ids. */
export const RENEW: string = `${READERS}
local till = now() + ARGV[1]
for i = 2, #ARGV do redis.call('ZADD', base .. ':readers', 'XX', till, ARGV[i]) end
return 'ok'
`

/** ARGV: ids. */
export const END: string = `${READERS}
for i = 1, #ARGV do forget(ARGV[i]) end
release()
return 'ok'
`

/**
 * ARGV: id, lower bound, upper bound (as ZRANGEBYLEX takes them), '1' for reverse, items, bytes. Answers the present items
 * and those kept, each as [whether there are more, key, value, key, value …], or 'ended' when the lease has ended.
 */
export const CHUNK: string = `${READERS}
local id, low, high, reverse, items, bytes = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
if not redis.call('ZSCORE', base .. ':readers', id) then return 'ended' end

local function take(index, data)
  local keys
  if reverse then
    keys = redis.call('ZREVRANGEBYLEX', index, high, low, 'LIMIT', 0, items)
  else
    keys = redis.call('ZRANGEBYLEX', index, low, high, 'LIMIT', 0, items)
  end
  local found, size = { #keys == items and 1 or 0 }, 0
  -- A few values at a time, since nobody knows how large they are.
  for from = 1, #keys, 16 do
    local till = math.min(from + 15, #keys)
    for offset, value in ipairs(redis.call('HMGET', data, unpack(keys, from, till))) do
      local key = keys[from + offset - 1]
      found[#found + 1] = key
      found[#found + 1] = value
      size = size + #key + #value
    end
    if size >= bytes and till < #keys then
      found[1] = 1
      break
    end
  end
  return found
end

local number = redis.call('HGET', base .. ':bases', id)
local of = number and ':' .. number or ''
return { take(base .. ':index' .. of, base .. ':data' .. of), take(base .. ':undo-index:' .. id, base .. ':undo:' .. id) }
`
