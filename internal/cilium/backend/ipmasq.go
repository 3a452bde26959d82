package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// ipMasqAgent adds to the list of the ip-masq-agent, which every agent reads from its
// mounted ConfigMap within some 90 s.
type ipMasqAgent struct{ cluster Cluster }

func (ipMasqAgent) Name() string          { return IPMasqAgent }
func (b ipMasqAgent) Ours() bool          { return b.list().Mark != nil }
func (ipMasqAgent) CanHoldBack() bool     { return false }
func (b ipMasqAgent) list() cilium.IPMasq { return b.cluster.Facts.IPMasq }
func (ipMasqAgent) Spreads() Spread       { return Spread{} }

func (b ipMasqAgent) Has(list []netip.Prefix) bool {
	return b.Ours() && slices.Equal(b.list().CIDRs, list)
}

// Write adds what is missing to the list that is there. It is one text, which can't be
// applied in parts, so it is written under an optimistic lock; which blocks are ours
// stands in an annotation, written at once with them.
func (b ipMasqAgent) Write(ctx context.Context, wanted Wanted) error {
	found, err := b.read(ctx)
	if err != nil {
		return err
	}
	text, err := cilium.WithNonMasquerade(found.Data[cilium.IPMasqKey], wanted.List)
	if err != nil {
		return err
	}
	return b.save(ctx, found, text, b.mark(found, wanted))
}

func (b ipMasqAgent) mark(found *corev1.ConfigMap, wanted Wanted) *cilium.IPMasqMark {
	owner := b.cluster.Install.Owner
	mark := &cilium.IPMasqMark{
		Installation: owner.InstallationID, UID: owner.UID, Since: wanted.Now.Truncate(time.Second), Created: found.Data[cilium.IPMasqKey] == "",
	}
	if was := b.list().Mark; was != nil {
		mark.Created = was.Created
	}
	others := b.list().Others()
	for _, block := range wanted.List {
		if !slices.Contains(others, block) {
			mark.CIDRs = append(mark.CIDRs, block)
		}
	}
	return mark
}

// Withdraw takes our blocks out of the list, and leaves those of others. A text that
// was not there before us goes.
func (b ipMasqAgent) Withdraw(ctx context.Context) error {
	found, err := b.read(ctx)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	text := ""
	if !b.list().Mark.Created {
		if text, err = cilium.WithNonMasquerade(found.Data[cilium.IPMasqKey], b.list().Others()); err != nil {
			return err
		}
	}
	return b.save(ctx, found, text, nil)
}

func (b ipMasqAgent) TakenBackBy(was Memory) string {
	if !was.TakenBack && len(b.list().Lost()) == 0 {
		return ""
	}
	install := b.cluster.Install
	return b.cluster.writer(nil, install.Managed[install.Namespace+"/"+cilium.IPMasqConfigMapName], was.Written)
}

func (b ipMasqAgent) read(ctx context.Context) (*corev1.ConfigMap, error) {
	found := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: b.cluster.Install.Namespace, Name: cilium.IPMasqConfigMapName}
	if err := b.cluster.Client.Get(ctx, key, found); err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s: %w", key, err)
	}
	return found, nil
}

func (b ipMasqAgent) save(ctx context.Context, object *corev1.ConfigMap, text string, mark *cilium.IPMasqMark) error {
	before := object.DeepCopy()
	if err := edit(object, text, mark); err != nil {
		return err
	}
	locked := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := b.cluster.Client.Patch(ctx, object, locked, client.FieldOwner(b.cluster.Install.Owner.FieldManager())); err != nil {
		return fmt.Errorf("writing ConfigMap %s/%s: %w", object.Namespace, object.Name, err)
	}
	return nil
}

// edit sets text and mark, or removes them where they are empty.
func edit(object *corev1.ConfigMap, text string, mark *cilium.IPMasqMark) error {
	if object.Data == nil {
		object.Data = map[string]string{}
	}
	object.Data[cilium.IPMasqKey] = text
	if text == "" {
		delete(object.Data, cilium.IPMasqKey)
	}
	delete(object.Annotations, cilium.AnnotationNonMasquerade)
	if mark == nil {
		return nil
	}
	encoded, err := json.Marshal(mark)
	if err != nil {
		return fmt.Errorf("encoding what is ours in ConfigMap %s: %w", object.Name, err)
	}
	if object.Annotations == nil {
		object.Annotations = map[string]string{}
	}
	object.Annotations[cilium.AnnotationNonMasquerade] = string(encoded)
	return nil
}
