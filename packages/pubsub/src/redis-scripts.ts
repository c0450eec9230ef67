/**
 * What RedisHub has Redis do in one step each, in Lua (https://redis.io/docs/latest/develop/interact/programmability/eval-intro/).
 *
 * A topic has a stream with its messages and a head: the epoch, the last sequence and the run of the server that gave it. A message is
 * the text `<id>\n<id before it>\n<time>\n<JSON>\n<payload>`. That it names its predecessor shows every reader whether it has all
 * before it. A server that was restarted may have lost the newest messages with the numbers it gave them: in each run the numbers
 * start anew far beyond them, so none is given twice.
 *
 * What is published goes to the channel's own shard and, where somebody listens by pattern, to all.
 *
 * A process holds a lease that it renews. What it has joined and subscribed is noted with the lease, and taken back when it runs out.
 */

const SAY = `
local function say(channel, message)
  redis.call('SPUBLISH', channel, message)
  if redis.call('PUBSUB', 'NUMPAT') > 0 then redis.call('PUBLISH', channel, message) end
end`

/** KEYS: stream, head. ARGV: epoch if there is none yet, most messages, lives of stream and head in ms, channel, JSON, payload. */
export const PUBLISH: string = `${SAY}
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local head = redis.call('HMGET', KEYS[2], 'epoch', 'sequence', 'run')
local epoch, sequence = head[1] or ARGV[1], tonumber(head[2] or '0')
local before = epoch .. '-' .. string.format('%.0f', sequence)
if head[3] and head[3] ~= run then sequence = sequence + 1000000000 end
local id = epoch .. '-' .. string.format('%.0f', sequence + 1)
local clock = redis.call('TIME')
local time = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
local message = table.concat({ id, before, time, ARGV[6], ARGV[7] }, '\\n')
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], id, 'm', message)
redis.call('HSET', KEYS[2], 'epoch', epoch, 'sequence', string.format('%.0f', sequence + 1), 'run', run)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
say(ARGV[5], message)
return { id, time }`

/**
 * KEYS: stream, head. ARGV: epoch if there is none yet, life of the head in ms, since, last, cursor; '' stands for none.
 * Gives the last id, whether there is a gap, the replay, whether there is a gap after the cursor, what comes after it.
 */
export const READ: string = `
local head = redis.call('HMGET', KEYS[2], 'epoch', 'sequence')
if not head[1] then
  head = { ARGV[1], '0' }
  redis.call('HSET', KEYS[2], 'epoch', head[1], 'sequence', head[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
local newest = head[1] .. '-' .. head[2]
local function messages(entries)
  local list = {}
  for i, entry in ipairs(entries) do list[i] = entry[2][2] end
  return list
end
local function after(id)
  local entries = redis.pcall('XRANGE', KEYS[1], '(' .. id, '+')
  if not entries.err then
    local list = messages(entries)
    if #list == 0 and id == newest then return 0, list end
    if #list > 0 and string.match(list[1], '^[^\\n]*\\n([^\\n]*)') == id then return 0, list end
  end
  return 1, messages(redis.call('XRANGE', KEYS[1], '-', '+'))
end
local gap, replay, behind, missed = 0, {}, 0, {}
if ARGV[3] ~= '' then
  gap, replay = after(ARGV[3])
elseif ARGV[4] ~= '0' then
  local entries = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[4])
  for i = #entries, 1, -1 do replay[#replay + 1] = entries[i][2][2] end
end
if ARGV[5] ~= '' then behind, missed = after(ARGV[5]) end
return { newest, gap, replay, behind, missed }`

/**
 * Changes what a lease holds. KEYS: all leases, its holdings, prefix of the totals, number of events. ARGV: lease, its end in ms from now,
 * then for each the holding as JSON, by how much it changes, and the channel that hears of the first and last of a member, or ''.
 */
export const HOLD: string = `${SAY}
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for i = 3, #ARGV, 3 do
  local holding, by, channel = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  if redis.call('HINCRBY', KEYS[2], holding, by) <= 0 then redis.call('HDEL', KEYS[2], holding) end
  local item = cjson.decode(holding)
  local key, field = KEYS[3] .. item[1] .. ':' .. item[2], item[3] or ''
  local total = redis.call('HINCRBY', key, field, by)
  if total <= 0 then redis.call('HDEL', key, field) end
  if channel ~= '' and (total == 0 or (by > 0 and total == by)) then
    local event = { type = by > 0 and 'join' or 'leave', member = field, time = now, number = redis.call('INCR', KEYS[4]) }
    say(channel, cjson.encode(event))
  end
end
return 1`

/** Renews a lease, 0 if it is gone. KEYS: all leases. ARGV: lease, its end in ms from now. */
export const RENEW: string = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return 1`

/** Takes back what a lease holds, or all that have run out. KEYS: all leases, number of events. ARGV: prefixes of holdings, totals, channels; lease or ''. */
export const RELEASE: string = `${SAY}
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local leases = { ARGV[4] }
if ARGV[4] == '' then leases = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now) end
for _, lease in ipairs(leases) do
  local holdings = redis.call('HGETALL', ARGV[1] .. lease)
  for i = 1, #holdings, 2 do
    local item = cjson.decode(holdings[i])
    local key, field = ARGV[2] .. item[1] .. ':' .. item[2], item[3] or ''
    if redis.call('HINCRBY', key, field, -tonumber(holdings[i + 1])) <= 0 then
      redis.call('HDEL', key, field)
      if item[1] == 'member' then
        local event = { type = 'leave', member = field, time = now, number = redis.call('INCR', KEYS[2]) }
        say(ARGV[3] .. item[2], cjson.encode(event))
      end
    end
  end
  redis.call('DEL', ARGV[1] .. lease)
  redis.call('ZREM', KEYS[1], lease)
end
return #leases`

/** Who is present, and the number of the last event that it shows. KEYS: members of the topic, number of events. */
export const MEMBERS: string = `
return { tonumber(redis.call('GET', KEYS[2]) or '0'), redis.call('HKEYS', KEYS[1]) }`

/** How many subscriptions there are. KEYS: subscriptions of the topic. */
export const COUNT: string = `
return tonumber(redis.call('HGET', KEYS[1], '') or '0')`
