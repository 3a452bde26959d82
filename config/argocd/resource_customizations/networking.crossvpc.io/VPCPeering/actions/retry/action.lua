-- Any value that is not in status yet asks for a reconciliation with fresh reads.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["networking.crossvpc.io/reconcile"] = "argocd-" .. obj.metadata.resourceVersion
return obj
