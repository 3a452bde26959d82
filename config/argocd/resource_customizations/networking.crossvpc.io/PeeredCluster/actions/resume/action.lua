-- Left out means false, and what Git does not hold is no drift.
if obj.spec.rollout ~= nil then
  obj.spec.rollout.paused = nil
end
return obj
