-- Any value that is not in status yet asks for another attempt at what failed in the rollout.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["networking.crossvpc.io/retry"] = "argocd-" .. obj.metadata.resourceVersion
return obj
