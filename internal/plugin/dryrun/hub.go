package dryrun

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// hub is the cluster that crossvpc runs in, or would run in, as it were with the objects of the files applied. Status
// that is written to it goes nowhere; everything else that would write is an error.
type hub struct {
	client.Client // the live one, for all that is not here

	peerings   map[client.ObjectKey]*v1alpha1.VPCPeering
	clusters   map[client.ObjectKey]*v1alpha1.PeeredCluster
	identities map[client.ObjectKey]*v1alpha1.AWSIdentity
	namespaces map[client.ObjectKey]*corev1.Namespace
}

func newHub(live client.Client) *hub {
	return &hub{
		Client:   live,
		peerings: map[client.ObjectKey]*v1alpha1.VPCPeering{}, clusters: map[client.ObjectKey]*v1alpha1.PeeredCluster{},
		identities: map[client.ObjectKey]*v1alpha1.AWSIdentity{}, namespaces: map[client.ObjectKey]*corev1.Namespace{},
	}
}

// Get implements client.Reader: an object of the files goes before the live one.
func (h *hub) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	switch into := object.(type) {
	case *v1alpha1.VPCPeering:
		if own := h.peerings[key]; own != nil {
			own.DeepCopyInto(into)
			return nil
		}
	case *v1alpha1.PeeredCluster:
		if own := h.clusters[key]; own != nil {
			own.DeepCopyInto(into)
			return nil
		}
	case *v1alpha1.AWSIdentity:
		if own := h.identities[key]; own != nil {
			own.DeepCopyInto(into)
			return nil
		}
	case *corev1.Namespace:
		return h.namespace(ctx, key, into)
	}
	err := h.Client.Get(ctx, key, object, options...)
	if notServed(err) {
		return apierrors.NewNotFound(v1alpha1.GroupVersion.WithResource("objects").GroupResource(), key.Name)
	}
	return err
}

// namespace is without labels where nobody created it yet, or where it may not be read.
func (h *hub) namespace(ctx context.Context, key client.ObjectKey, into *corev1.Namespace) error {
	if own := h.namespaces[key]; own != nil {
		own.DeepCopyInto(into)
		return nil
	}
	err := h.Client.Get(ctx, key, into)
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		into.Name = key.Name
		return nil
	}
	return err
}

// List implements client.Reader: those of the files, and the live ones of other names.
func (h *hub) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if err := h.Client.List(ctx, list, options...); err != nil && !notServed(err) {
		return err
	}
	switch into := list.(type) {
	case *v1alpha1.VPCPeeringList:
		into.Items = over(into.Items, h.peerings)
	case *v1alpha1.PeeredClusterList:
		into.Items = over(into.Items, h.clusters)
	case *v1alpha1.AWSIdentityList:
		into.Items = over(into.Items, h.identities)
	}
	return nil
}

// over puts own objects over live ones of the same name.
func over[T any, P interface {
	*T
	client.Object
	DeepCopyInto(*T)
}](live []T, own map[client.ObjectKey]P) []T {
	all := make([]T, 0, len(live)+len(own))
	for i := range live {
		if own[client.ObjectKeyFromObject(P(&live[i]))] == nil {
			all = append(all, live[i])
		}
	}
	for _, object := range own {
		var copied T
		object.DeepCopyInto(&copied)
		all = append(all, copied)
	}
	return all
}

// notServed: without crossvpc's CRDs there are no objects of its kinds.
func notServed(err error) bool {
	return meta.IsNoMatchError(err) || apierrors.IsNotFound(err) && nameless(err)
}

// nameless: the path was not found, and no object.
func nameless(err error) bool {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	return ok && (status.ErrStatus.Details == nil || status.ErrStatus.Details.Name == "")
}

var errNoWrite = errors.New("nothing is written here")

// Create implements client.Writer.
func (h *hub) Create(context.Context, client.Object, ...client.CreateOption) error { return errNoWrite }

// Update implements client.Writer.
func (h *hub) Update(context.Context, client.Object, ...client.UpdateOption) error { return errNoWrite }

// Patch implements client.Writer.
func (h *hub) Patch(context.Context, client.Object, client.Patch, ...client.PatchOption) error {
	return errNoWrite
}

// Apply implements client.Writer.
func (h *hub) Apply(context.Context, runtime.ApplyConfiguration, ...client.ApplyOption) error {
	return errNoWrite
}

// Delete implements client.Writer.
func (h *hub) Delete(context.Context, client.Object, ...client.DeleteOption) error { return errNoWrite }

// DeleteAllOf implements client.Writer.
func (h *hub) DeleteAllOf(context.Context, client.Object, ...client.DeleteAllOfOption) error {
	return errNoWrite
}

// Status implements client.StatusClient.
func (h *hub) Status() client.SubResourceWriter { return nowhere{} }

// nowhere is where status is written to: each step goes on with what it has in hand.
type nowhere struct{}

// Create implements client.SubResourceWriter.
func (nowhere) Create(context.Context, client.Object, client.Object, ...client.SubResourceCreateOption) error {
	return errNoWrite
}

// Update implements client.SubResourceWriter.
func (nowhere) Update(context.Context, client.Object, ...client.SubResourceUpdateOption) error {
	return nil
}

// Patch implements client.SubResourceWriter.
func (nowhere) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return nil
}

// Apply implements client.SubResourceWriter.
func (nowhere) Apply(context.Context, runtime.ApplyConfiguration, ...client.SubResourceApplyOption) error {
	return errNoWrite
}
