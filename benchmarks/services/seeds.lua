-- Every request with a seed of its own: no query comes twice.
local seed = 0
local path
function init()
  path = wrk.path .. "&seed="
end
function request()
  seed = seed + 1
  return wrk.format("GET", path .. seed)
end
