-- wrk posts pictures in turn; what was not answered with 200 is counted. Environment: PICTURES, a list of files.
-- Each is another file: a number stands behind the picture's end, where decoders do not look.
local pictures, place, lost = {}, 0, {}
for name in os.getenv("PICTURES"):gmatch("%S+") do
  local file = assert(io.open(name, "rb"))
  table.insert(pictures, file:read("*a"))
  file:close()
end
local threads = {}
local run = os.time() .. "-" .. tostring({}):gsub("%W", "")
function setup(thread) table.insert(threads, thread) end
function init() bad = 0 end
function request()
  place = place + 1
  return wrk.format("POST", nil, { ["Content-Type"] = "image/jpeg" }, pictures[place % #pictures + 1] .. run .. place)
end
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("bad") end
  local e = summary.errors
  io.write(string.format("%d %.1f %.1f %.1f %d\n", summary.requests, summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, all + e.connect + e.read + e.write + e.timeout))
end
