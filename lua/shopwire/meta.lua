--- What is known about a result beside its data: kept aside, weakly, and made
--- into a table only when somebody asks. Must not know: the services.

local meta = {}

local requests = setmetatable({}, { __mode = "k" }) -- result → request
local notes = setmetatable({}, { __mode = "k" })    -- result → table

--- Remembers where a result came from.
function meta.keep(result, request)
  requests[result] = request
end

--- What stands in `from` stands for `to` too: a result that was rebuilt.
function meta.copy(from, to)
  requests[to] = requests[from]
  notes[to] = notes[from]
end

--- What stands for a result that no single call returned.
---@param known table { status, headers, attempts, timings, warnings }
function meta.note(result, known)
  notes[result] = known
end

--- Status, headers, attempts, timings (seconds) and warnings of a result.
---@param result table a table that a call returned
---@return table|nil meta { status, headers, attempts, timings, warnings }
function meta.of(result)
  local known = notes[result]
  if not known then
    local request = requests[result]
    if not request then
      return nil
    end
    known = request:meta()
    notes[result] = known
  end
  return known
end

return meta
