import { READERS } from './readers.ts'

// What changes a shard is one script each, so it happens as a whole and the check is part of it. A shard counts its changes
// (version) and notes who made the last one (writer). A writer names the version it believes in and the number of its
// new one. That tells apart: a higher epoch, another writer, a Redis that lost data, and a change that arrives a second time or late
// because its answer was lost.

/** ARGV of a change begins with: epoch, version, the new version, writer. */
const CHECK = `
local meta = base .. ':meta'
local state = redis.call('HMGET', meta, 'epoch', 'version', 'writer')
if not state[1] then return { 'gone' } end
if tonumber(state[1]) > tonumber(ARGV[1]) then return { 'fenced', state[1] } end
local version = tonumber(state[2])
if state[3] == ARGV[4] and version >= tonumber(ARGV[3]) then return { 'ok' } end
if version < tonumber(ARGV[2]) then return { 'back' } end
if version > tonumber(ARGV[2]) and state[3] ~= ARGV[4] then return { 'fenced', state[1] } end
`

/** ARGV: epoch. Answers version and position. */
export const OPEN: string = `${READERS}
readers()
local meta = base .. ':meta'
local epoch = redis.call('HGET', meta, 'epoch')
if epoch and tonumber(epoch) > tonumber(ARGV[1]) then return { 'fenced', epoch } end
redis.call('HSET', meta, 'epoch', ARGV[1])
redis.call('HSETNX', meta, 'version', 0)
return { 'ok', redis.call('HGET', meta, 'version'), redis.call('HGET', meta, 'position') or '' }
`

/** ARGV: …, position, number of puts, key, value, key, value …, deleted key, deleted key … */
export const WRITE: string = `${READERS}${CHECK}
local data, index = base .. ':data', base .. ':index'
local first = 7
local deleted = first + 2 * ARGV[6]
local ids = readers()
if #ids > 0 then
  for i = first, deleted - 1, 2 do keep(ids, ARGV[i]) end
  for i = deleted, #ARGV do keep(ids, ARGV[i]) end
end
-- Lua can hand over about 8000 arguments at a time.
for from = first, deleted - 1, 4000 do
  local till = math.min(from + 3999, deleted - 1)
  redis.call('HSET', data, unpack(ARGV, from, till))
  local members = {}
  for i = from, till, 2 do
    members[#members + 1] = 0
    members[#members + 1] = ARGV[i]
  end
  redis.call('ZADD', index, unpack(members))
end
for from = deleted, #ARGV, 4000 do
  local till = math.min(from + 3999, #ARGV)
  redis.call('HDEL', data, unpack(ARGV, from, till))
  redis.call('ZREM', index, unpack(ARGV, from, till))
end
redis.call('HSET', meta, 'version', ARGV[3], 'writer', ARGV[4], 'position', ARGV[5])
return { 'ok' }
`

/** ARGV: … */
export const CLEAR: string = `${READERS}${CHECK}
local data, index = base .. ':data', base .. ':index'
local ids = readers()
if #ids > 0 and redis.call('EXISTS', data) == 1 then
  local number = redis.call('HINCRBY', meta, 'emptied', 1)
  redis.call('RENAME', data, data .. ':' .. number)
  redis.call('RENAME', index, index .. ':' .. number)
  redis.call('SADD', base .. ':kept', number)
  for _, id in ipairs(ids) do redis.call('HSET', base .. ':bases', id, number) end
else
  redis.call('UNLINK', data, index)
end
redis.call('HDEL', meta, 'position')
redis.call('HSET', meta, 'version', ARGV[3], 'writer', ARGV[4])
return { 'ok' }
`

/** Everything of a shard. */
export const DESTROY: string = `${READERS}
for _, id in ipairs(redis.call('ZRANGE', base .. ':readers', 0, -1)) do forget(id) end
release()
redis.call('UNLINK', base .. ':meta', base .. ':data', base .. ':index', base .. ':readers', base .. ':bases', base .. ':kept')
return 'ok'
`
