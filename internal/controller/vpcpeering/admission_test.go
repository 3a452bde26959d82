package vpcpeering

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// makeCluster is a PeeredCluster that lives in the network and has reported so.
func (w *world) makeCluster(side string, network *scene.Network, edit func(*v1alpha1.PeeredCluster)) *v1alpha1.PeeredCluster {
	w.t.Helper()
	cluster := &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: side + "-" + w.namespace},
		Spec: v1alpha1.PeeredClusterSpec{
			Access:            v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}},
			IdentityRef:       &v1alpha1.LocalName{Name: w.identities[side]},
			AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{w.namespace}},
		},
	}
	if edit != nil {
		edit(cluster)
	}
	w.create(cluster)
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) {
		status.Region, status.VPCID = v1alpha1.Region(network.Region), v1alpha1.VPCID(network.VPCID)
		status.Network = &v1alpha1.ClusterNetwork{
			SubnetIDs:       network.Subnets(),
			InterfaceGroups: []v1alpha1.InterfaceGroups{{SecurityGroupIDs: network.GroupIDs(scene.PodGroup)}},
		}
	})
	return cluster
}

// reportCluster changes what PeeredCluster's controller would report.
func (w *world) reportCluster(cluster *v1alpha1.PeeredCluster, change func(*v1alpha1.PeeredClusterStatus)) {
	w.t.Helper()
	if err := w.kube.Get(w.t.Context(), client.ObjectKeyFromObject(cluster), cluster); err != nil {
		w.t.Fatal(err)
	}
	change(&cluster.Status)
	if err := w.kube.Status().Update(w.t.Context(), cluster); err != nil {
		w.t.Fatal(err)
	}
}

func byCluster(cluster *v1alpha1.PeeredCluster) v1alpha1.VPCPeeringSide {
	return v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: cluster.Name}}}
}

// stalls: one reconciliation ends Stalled at IdentitiesReady, and AWS was not called at all.
func (w *world) stalls(object *v1alpha1.VPCPeering, reason string, parts ...string) {
	w.t.Helper()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.t.Log(describe(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionIdentitiesReady)))
	for _, part := range append(parts, "") {
		w.wants(object, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, reason, part)
	}
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, reason, "")
	if calls := w.cloud.Journal(awssim.Query{}); len(calls) > 0 {
		w.t.Errorf("AWS was called: %s %s", calls[0].Service, calls[0].Action)
	}
}

func TestA10ANamespaceThatIsNotAdmittedActsThroughNoIdentity(t *testing.T) {
	w := newSmallWorld(t)
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces.Names = []string{"elsewhere"} })
	object := w.peering("eu-us", nil)
	w.stalls(object, v1alpha1.ReasonNamespaceNotAllowed, "AWSIdentity "+w.identities["us"]+" does not admit namespace "+w.namespace, "spec.allowedNamespaces")
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedNamespaces = v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: w.namespace}}}
	})
	object = w.settle(object)
	w.setAllowed("eu", func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces.Names = nil })
	w.stalls(object, v1alpha1.ReasonNamespaceNotAllowed, w.identities["eu"])
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
}

func TestA10ANamespaceThatIsNotAdmittedPeersNoCluster(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, func(c *v1alpha1.PeeredCluster) { c.Spec.AllowedNamespaces = v1alpha1.AllowedNamespaces{} })
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(cluster) })
	w.stalls(object, v1alpha1.ReasonNamespaceNotAllowed, "PeeredCluster "+cluster.Name+" does not admit namespace "+w.namespace)
	w.remove(object)
}

func TestA10OnlyVPCsThatTheIdentityListsAreTouched(t *testing.T) {
	w := newSmallWorld(t)
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedVPCIDs = []v1alpha1.VPCID{"vpc-0123456789abcdef0"}
	})
	object := w.peering("eu-us", nil)
	w.stalls(object, v1alpha1.ReasonVPCNotAllowed, w.identities["us"], w.pair.Accepter.VPCID, "spec.allowedVPCIDs")
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedVPCIDs = []v1alpha1.VPCID{v1alpha1.VPCID(w.pair.Accepter.VPCID)}
	})
	w.settle(object)
}

// deleteHeld deletes an object that something else holds.
func (w *world) deleteHeld(object client.Object) {
	w.t.Helper()
	if err := w.kube.Get(w.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		w.t.Fatal(err)
	}
	controllerutil.AddFinalizer(object, "example.org/held")
	if err := w.kube.Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	if err := w.kube.Delete(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx := context.WithoutCancel(w.t.Context())
		if err := w.kube.Get(ctx, client.ObjectKeyFromObject(object), object); err == nil {
			controllerutil.RemoveFinalizer(object, "example.org/held")
			err = w.kube.Update(ctx, object)
			if err != nil {
				w.t.Error(err)
			}
		}
	})
}

func TestWhatIsBeingDeletedServesWhoUsedItAndNobodyNew(t *testing.T) {
	for kind, in := range map[string]func(*world) (client.Object, v1alpha1.VPCPeeringSide){
		"AWSIdentity": func(w *world) (client.Object, v1alpha1.VPCPeeringSide) {
			identity := &v1alpha1.AWSIdentity{}
			if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: w.identities["eu"]}, identity); err != nil {
				w.t.Fatal(err)
			}
			return identity, w.side("eu", w.pair.Requester)
		},
		"PeeredCluster": func(w *world) (client.Object, v1alpha1.VPCPeeringSide) {
			cluster := w.makeCluster("eu", w.pair.Requester, nil)
			return cluster, byCluster(cluster)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			w := newSmallWorld(t)
			named, side := in(w)
			object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = side })
			w.reconcile(object)
			w.deleteHeld(named)
			object = w.reconcile(object)
			w.wants(object, v1alpha1.ConditionIdentitiesReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
			younger := w.peering("new", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = side })
			w.stalls(younger, v1alpha1.ReasonBeingDeleted, kind+" "+named.GetName(), "is being deleted", "Name another one")
			w.remove(younger)
		})
	}
}

func TestNamesThatAreNotThereAreNamed(t *testing.T) {
	w := newSmallWorld(t)
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.IdentityRef = &v1alpha1.LocalName{Name: "nobody"}
	})
	w.stalls(object, v1alpha1.ReasonIdentityNotFound, "AWSIdentity nobody", "identityRef", "Create it")
	w.remove(object)
	object = w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.ClusterRefs = []v1alpha1.LocalName{{Name: "nowhere"}}
	})
	w.stalls(object, v1alpha1.ReasonClusterNotFound, "requester.clusterRefs", "PeeredCluster nowhere", "Create it")
	w.remove(object)
}

// TestAnIdentityThatIsNotReadyIsNamedAndItsMessageLeftToItsOwner: that may name accounts and objects of other namespaces.
func TestAnIdentityThatIsNotReadyIsNamedAndItsMessageLeftToItsOwner(t *testing.T) {
	w := newSmallWorld(t)
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Name: w.identities["us"]}, identity); err != nil {
		t.Fatal(err)
	}
	identity.Status.Conditions[0].Status, identity.Status.Conditions[0].Reason = metav1.ConditionFalse, v1alpha1.ReasonAssumeRoleFailed
	identity.Status.Conditions[0].Message = "used by secret-namespace/secret-name"
	if err := w.kube.Status().Update(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	object := w.peering("eu-us", nil)
	w.stalls(object, v1alpha1.ReasonAssumeRoleFailed, "AWSIdentity "+identity.Name, "kubectl describe awsidentity "+identity.Name)
	w.tellsNothingOf(object, "secret")
}

// TestWhatAClusterSaysOfOthersIsNotMirrored: of other namespaces' blocks, nodes and pods a VPCPeering says nothing.
func TestWhatAClusterSaysOfOthersIsNotMirrored(t *testing.T) {
	for _, status := range []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse} {
		t.Run(string(status), func(t *testing.T) {
			w := newSmallWorld(t)
			eu := w.makeCluster("eu", w.pair.Requester, nil)
			object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(eu) }))
			w.reportCluster(eu, func(report *v1alpha1.PeeredClusterStatus) {
				report.Peerings = []v1alpha1.ClusterPeering{
					{Namespace: w.namespace, Name: "eu-us", CIDRBlocks: w.pair.Accepter.Blocks},
					{Namespace: "secret-namespace", Name: "secret-name", CIDRBlocks: []string{"10.99.0.0/16"}},
				}
				report.Nodes = &v1alpha1.NodeCounts{Total: 9, Current: 3, InProgress: 1, Blocked: 2}
				report.Cilium = &v1alpha1.CiliumStatus{DesiredCIDR: "10.0.0.0/9"}
				for _, step := range []string{v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
					meta.SetStatusCondition(&report.Conditions, metav1.Condition{Type: step, Status: status, Reason: v1alpha1.ReasonProgressing, Message: "10.99.0.0/16 and pod secret-namespace/secret-name"})
				}
			})
			object = w.reconcile(object)
			w.tellsNothingOf(object, "secret", "10.99.", "10.0.0.0/9")
			said := describe(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate))
			if !strings.Contains(said, "PeeredCluster "+eu.Name+": ") || !strings.Contains(said, "(3 of 9 nodes are up to date, 1 in progress, 2 blocked)") {
				t.Errorf("NodesUpToDate = %s", said)
			}
		})
	}
}

// tellsNothingOf: neither conditions nor events name it.
func (w *world) tellsNothingOf(object *v1alpha1.VPCPeering, parts ...string) {
	w.t.Helper()
	said := sentences(w.read(object)) + w.events.all()
	for _, part := range parts {
		if strings.Contains(said, part) {
			w.t.Errorf("%q is told to this namespace:%s", part, said)
		}
	}
}

func TestA12ASideThatResolvesToAnotherVPCIsStalledAndNothingIsTouched(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(cluster) })
	w.reconcile(object)
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	was := w.shape()
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { status.VPCID = "vpc-0123456789abcdef0" })
	w.stalls(object, v1alpha1.ReasonResolvedSideChanged, w.pair.Requester.VPCID, "vpc-0123456789abcdef0", "delete this VPCPeering and create another")
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}

func TestA12AnIdentityOfAnotherAccountIsStalledAndNothingIsTouched(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.IdentityRef = &v1alpha1.LocalName{Name: w.identities["eu"]}
	})
	w.stalls(object, v1alpha1.ReasonResolvedSideChanged, scene.AccepterAccount, scene.RequesterAccount)
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}

func TestClustersOfOneSideMustAgree(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester = byCluster(cluster)
		object.Spec.Requester.Region, object.Spec.Requester.VPCID = "eu-west-1", "vpc-0123456789abcdef0"
	})
	w.stalls(object, v1alpha1.ReasonSideMismatch, "vpc-0123456789abcdef0", cluster.Name, w.pair.Requester.VPCID)
}
