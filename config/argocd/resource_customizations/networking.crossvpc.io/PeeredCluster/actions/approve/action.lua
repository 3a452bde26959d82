-- Approves what status.cilium shows now: a value that changes later needs its own approval.
obj.spec.rollout.approvedRevision = obj.status.cilium.revision
return obj
