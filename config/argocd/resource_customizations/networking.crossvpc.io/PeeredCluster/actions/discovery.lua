local rollout = obj.spec.rollout or {}
local paused = rollout.paused == true
local revision = obj.status ~= nil and obj.status.cilium ~= nil and obj.status.cilium.revision or nil
local approvable = rollout.approval == "Manual" and revision ~= nil and rollout.approvedRevision ~= revision
return {
  pause = {disabled = paused},
  resume = {disabled = not paused},
  approve = {disabled = not approvable},
  retry = {disabled = paused}
}
