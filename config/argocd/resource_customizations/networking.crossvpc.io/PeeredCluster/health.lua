-- A PeeredCluster follows kstatus
-- (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md).
-- Stalled with one of these reasons is at rest, as somebody asked for: nothing is wrong.
local at_rest = {Planned = true, PlanOutdated = true, Paused = true, AwaitingApproval = true, RolloutsStopped = true, NodesStale = true}

local hs = {status = "Progressing", message = "Waiting for crossvpc to see this generation"}
if obj.status == nil or obj.status.conditions == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return hs
end
local ready, reconciling, stalled
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    ready = condition
  elseif condition.type == "Reconciling" and condition.status == "True" then
    reconciling = condition
  elseif condition.type == "Stalled" and condition.status == "True" then
    stalled = condition
  end
end
if stalled ~= nil then
  hs.message = stalled.message
  hs.status = at_rest[stalled.reason] and "Suspended" or "Degraded"
elseif ready ~= nil then
  hs.message = ready.message
  if ready.status == "True" then
    hs.status = "Healthy"
  elseif ready.status == "False" and reconciling == nil then
    -- It waits for a time: a window that opens.
    hs.status = "Suspended"
  end
end
return hs
