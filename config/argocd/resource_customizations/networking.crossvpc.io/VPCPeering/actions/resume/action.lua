-- Left out means false, and what Git does not hold is no drift.
obj.spec.paused = nil
return obj
