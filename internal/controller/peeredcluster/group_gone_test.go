package peeredcluster

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	crossvpcaws "github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestAGroupThatIsDeletedInTheMiddleOfARolloutIsNamedAtOnce, long before the progress deadline.
func TestAGroupThatIsDeletedInTheMiddleOfARolloutIsNamedAtOnce(t *testing.T) {
	w := inReplacement(t)
	_, err := w.autoScaling().DeleteAutoScalingGroup(w.t.Context(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String("eu-nodes"), ForceDelete: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	since := w.clock.Now()
	for _, node := range w.nodes() {
		w.removeNode(&node)
	}
	object := w.until("nobody waited for", func(object *v1alpha1.PeeredCluster) bool { return len(object.Status.Replacements) == 0 })
	if waited := w.clock.Now().Sub(since); waited > 5*time.Minute {
		t.Errorf("it waited for %s", waited)
	}
	if !w.events.has("ReplacementEnded Nothing more is expected for instance ") || !w.events.has("Auto Scaling group eu-nodes ") {
		t.Errorf("no event names the group: %v", w.events.lines)
	}
	if len(object.Status.AutoScalingGroups) > 0 {
		t.Errorf("remembers %v", object.Status.AutoScalingGroups)
	}
}

// TestAGroupThatAnotherAccountDoesNotShowIsNotGone: the PeeredCluster was given an identity of another account meanwhile.
func TestAGroupThatAnotherAccountDoesNotShowIsNotGone(t *testing.T) {
	w := inReplacement(t)
	config, err := w.accounts.Config(t.Context(), scene.AccepterAccount, w.network.Region)
	if err != nil {
		t.Fatal(err)
	}
	w.reconciler.Clouds = crossvpcaws.NewClients(config, crossvpcaws.WithClock(w.clock))
	for range 5 {
		w.clock.advance(time.Minute)
		w.reconcile()
	}
	if object := w.read(); len(object.Status.Replacements) != 1 || w.events.has("ReplacementEnded") {
		t.Errorf("replacements %v; %v", object.Status.Replacements, w.events.lines)
	}
}

// inAGroup has two nodes, a and b, in an Auto Scaling group.
func inAGroup(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	ids := w.addGroup("eu", w.network, 2)
	w.installs("1.18.0", 0)
	for i, name := range []string{"a", "b"} {
		w.addNodeOn(name, w.providerID(ids[i]))
	}
	return w
}

// inReplacement has two nodes in a group, and the instance of one terminated.
func inReplacement(t *testing.T) *world {
	t.Helper()
	w := inAGroup(t)
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	w.until("an instance terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) > 0 })
	return w
}

// removeNode is what the cloud's node controller and the garbage collector do.
func (w *world) removeNode(node *corev1.Node) {
	w.t.Helper()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.MatchingFields{"spec.nodeName": node.Name}); err != nil {
		w.t.Fatal(err)
	}
	ciliumNode := &unstructured.Unstructured{}
	ciliumNode.SetGroupVersionKind(cilium.KindOf("CiliumNode", "v2"))
	ciliumNode.SetName(node.Name)
	gone := []client.Object{node, ciliumNode}
	for i := range pods.Items {
		gone = append(gone, &pods.Items[i])
	}
	for _, object := range gone {
		if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), object, client.GracePeriodSeconds(0))); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) nodes() []corev1.Node {
	w.t.Helper()
	var nodes corev1.NodeList
	if err := w.kube.List(w.t.Context(), &nodes); err != nil {
		w.t.Fatal(err)
	}
	return nodes.Items
}
