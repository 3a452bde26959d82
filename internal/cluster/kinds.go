package cluster

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kind is a kind of object that is watched rather than asked for: one of which
// there are many, or whose changes should be seen at once.
type kind struct {
	gvk schema.GroupVersionKind
	// ciliumOnly: watched in Cilium's namespace alone, where our rights are.
	ciliumOnly bool
	// busy kinds change all the time; their changes wake only who works on nodes.
	busy bool
	// trim drops what no decision rests on, which is most of a pod.
	trim toolscache.TransformFunc
}

// Kinds that decisions rest on, as they are to be named in questions of age.
var (
	Node                   = schema.GroupVersionKind{Version: "v1", Kind: "Node"}
	Pod                    = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	PodDisruptionBudget    = schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}
	CiliumNode             = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNode"}
	CiliumNodeConfig       = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNodeConfig"}
	CiliumNodeConfigBefore = schema.GroupVersionKind{Group: "cilium.io", Version: "v2alpha1", Kind: "CiliumNodeConfig"}
	NodePool               = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodePool"}
	EgressGatewayPolicy    = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumEgressGatewayPolicy"}
	PersistentVolume       = schema.GroupVersionKind{Version: "v1", Kind: "PersistentVolume"}
	VolumeAttachment       = schema.GroupVersionKind{Group: "storage.k8s.io", Version: "v1", Kind: "VolumeAttachment"}
	NodeClaim              = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodeClaim"}
)

var kinds = map[schema.GroupVersionKind]kind{
	Node:                   {gvk: Node, trim: trimNode},
	Pod:                    {gvk: Pod, trim: trimPod, busy: true},
	PodDisruptionBudget:    {gvk: PodDisruptionBudget, trim: trimMetadata, busy: true},
	CiliumNode:             {gvk: CiliumNode, trim: trimCiliumNode},
	CiliumNodeConfig:       {gvk: CiliumNodeConfig, ciliumOnly: true, trim: asItIs},
	CiliumNodeConfigBefore: {gvk: CiliumNodeConfigBefore, ciliumOnly: true, trim: asItIs},
	NodePool:               {gvk: NodePool, trim: asItIs},
	EgressGatewayPolicy:    {gvk: EgressGatewayPolicy, trim: trimMetadata},
	PersistentVolume:       {gvk: PersistentVolume, trim: trimPersistentVolume, busy: true},
	VolumeAttachment:       {gvk: VolumeAttachment, trim: trimVolumeAttachment, busy: true},
	NodeClaim:              {gvk: NodeClaim, trim: trimNodeClaim, busy: true},
}

// object is an empty one of the kind.
func (k kind) object() client.Object {
	if made, err := scheme.New(k.gvk); err == nil {
		if object, ok := made.(client.Object); ok {
			return object
		}
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(k.gvk)
	return object
}
