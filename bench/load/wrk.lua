-- wrk -s wrk.lua URL -- FILE: sends the requests in FILE (NUL between them), one drawn at random each time; 18 `@` in it
-- become a number that does not repeat. A file of one request without `@` costs nothing per request. Prints one line of
-- JSON, after `XBM `.
local mark = string.rep("@", 18)
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

-- Without a function `request` wrk makes the bytes once.
local function send_always(text)
  wrk.method, wrk.path = text:match("^(%u+) (%S+)")
  wrk.headers = {}
  for name, value in text:gmatch("\r\n([%w-]+): ([^\r]*)") do wrk.headers[name] = value end
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  local requests, count = {}, 0
  for one in text:gmatch("[^%z]+") do
    count = count + 1
    requests[count] = one
  end
  math.randomseed(os.time() * 10 + number)
  local prefix, serial = string.format("%d%d", os.time(), number), 0
  if count == 1 and not text:find(mark, 1, true) then
    local _, ends = text:gsub("\r\n\r\n", "")
    if ends > 1 then
      request = function() return text end -- several, pipelined
    else
      send_always(text)
    end
    return
  end
  local random, format = math.random, string.format
  local unique = text:find(mark, 1, true) ~= nil
  request = function()
    local chosen = requests[random(count)]
    if not unique then return chosen end
    local place = chosen:find(mark, 1, true)
    if not place then return chosen end
    serial = serial + 1
    return chosen:sub(1, place - 1) .. prefix .. format("%07d", serial) .. chosen:sub(place + 18)
  end
end

function done(summary, latency)
  local e = summary.errors
  print(string.format(
    'XBM {"requests":%d,"durationUs":%d,"bytes":%d,"p50Us":%d,"p95Us":%d,"p99Us":%d,"connect":%d,"read":%d,"write":%d,'
      .. '"timeout":%d,"status":%d}',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(95),
    latency:percentile(99), e.connect, e.read, e.write, e.timeout, e.status))
end
