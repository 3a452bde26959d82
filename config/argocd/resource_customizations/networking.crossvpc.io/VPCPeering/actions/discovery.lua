local paused = obj.spec.paused == true
-- What is at rest for its plan has one to approve: that which status shows of this very spec.
local awaits = {Planned = true, PlanOutdated = true, AwaitingApproval = true}
local plan = obj.status ~= nil and obj.status.plan or nil
local approvable = false
if plan ~= nil and obj.status.observedGeneration == obj.metadata.generation and obj.spec.approvedPlan ~= plan.hash then
  for _, condition in ipairs(obj.status.conditions or {}) do
    if condition.type == "Stalled" and condition.status == "True" and awaits[condition.reason] then
      approvable = true
    end
  end
end
return {
  pause = {disabled = paused},
  resume = {disabled = not paused},
  approve = {disabled = not approvable},
  retry = {disabled = paused}
}
