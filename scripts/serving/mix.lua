-- Sends the requests of a file, one after the other, each thread from another place in it.
-- A line: method, host, scheme, token, cookie or "-", path, body. "@" in a body becomes a number of its own.
local lines, at, made, thread_number = {}, 0, 0, 0
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  at = (number * 1009) % #lines
  thread_number = number
end

function request()
  at = at % #lines + 1
  local method, host, scheme, token, cookie, path, body =
    lines[at]:match("^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ?(.*)$")
  local headers = { Host = host, Authorization = scheme .. " " .. token }
  if cookie ~= "-" then headers.Cookie = cookie end
  if method == "POST" then
    made = made + 1
    headers["Content-Type"] = "application/json"
    body = body:gsub("@", thread_number .. "-" .. made .. "-" .. os.time())
  else
    body = nil
  end
  return wrk.format(method, path, headers, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
