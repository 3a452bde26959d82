-- Approves the plan that status shows now: one that changes later needs its own approval.
obj.spec.approvedPlan = obj.status.plan.hash
return obj
