package controlplane

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// regions are the control planes that the tests of this package share.
func regions(t *testing.T) *Fleet {
	t.Helper()
	return Shared(t, Options{Names: []string{"eu", "us"}, Workloads: true})
}

func client(t *testing.T, c *Cluster) kubernetes.Interface {
	t.Helper()
	return kubernetes.NewForConfigOrDie(c.Config())
}

func clientOf(t *testing.T, kubeconfig []byte) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return kubernetes.NewForConfigOrDie(config)
}

// namespace makes a namespace of the test's own.
func namespace(t *testing.T, c *Cluster) string {
	t.Helper()
	ns, err := client(t, c).CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

// patience bounds each wait, on a machine that has other things to do and may stand still for seconds.
const patience = 2 * time.Minute

func eventually(t *testing.T, what string, condition func(context.Context) bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, patience, true,
		func(ctx context.Context) (bool, error) { return condition(ctx), nil })
	if err != nil {
		t.Fatalf("wait for %s: %v", what, err)
	}
}

func TestTwoClustersShareNothing(t *testing.T) {
	f := regions(t)
	eu, us := f.Cluster("eu"), f.Cluster("us")
	name := namespace(t, eu)
	if _, err := client(t, us).CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("namespace of eu in us: %v, want NotFound", err)
	}
	config := us.Config()
	config.Host = eu.Server()
	if _, err := kubernetes.NewForConfigOrDie(config).Discovery().ServerVersion(); err == nil {
		t.Error("eu serves a client that has the authority and certificate of us")
	}
}

func TestTheServerCallsItselfByItsRealVersion(t *testing.T) {
	p, err := readPins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version, err := client(t, regions(t).Cluster("eu")).Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.kubernetes, version.GitVersion); diff != "" {
		t.Errorf("version (-want +got):\n%s", diff)
	}
}

func TestAStrangerIsRefusedAndTheRefusalIsAudited(t *testing.T) {
	eu := regions(t).Cluster("eu")
	kubeconfig, err := eu.UserKubeconfig("mallory", "strangers")
	if err != nil {
		t.Fatal(err)
	}
	_, err = clientOf(t, kubeconfig).CoreV1().Secrets("kube-system").Get(t.Context(), "crown-jewels", metav1.GetOptions{})
	if !apierrors.IsForbidden(err) {
		t.Fatalf("got %v, want Forbidden", err)
	}
	event := audited(t, eu, func(e auditv1.Event) bool { return e.User.Username == "mallory" && e.ObjectRef.Name == "crown-jewels" })
	got := fmt.Sprint(event.Verb, " ", event.ObjectRef.Resource, " ", event.ResponseStatus.Code)
	if want := "get secrets 403"; got != want {
		t.Errorf("audited %q, want %q", got, want)
	}
	if event.RequestReceivedTimestamp.IsZero() || event.StageTimestamp.IsZero() {
		t.Error("the audited event has no times")
	}
}

func TestTheAuditLogHasTheBodyOfAPatchToANode(t *testing.T) {
	eu := regions(t).Cluster("eu")
	node := makeNode(t, eu, nil)
	patch := `{"spec":{"unschedulable":true}}`
	if _, err := eu.Kubectl(t.Context(), "patch", "node", node, "--type=merge", "-p", patch); err != nil {
		t.Fatal(err)
	}
	event := audited(t, eu, func(e auditv1.Event) bool {
		return e.Verb == "patch" && e.ObjectRef.Resource == "nodes" && e.ObjectRef.Subresource == "" && e.ObjectRef.Name == node && e.User.Username == "admin"
	})
	if diff := cmp.Diff(patch, string(event.RequestObject.Raw)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestServiceAccountTokensWork(t *testing.T) {
	eu := regions(t).Cluster("eu")
	ns := namespace(t, eu)
	if _, err := eu.Kubectl(t.Context(), "create", "serviceaccount", "operator", "-n", ns); err != nil {
		t.Fatal(err)
	}
	if token, err := eu.Kubectl(t.Context(), "create", "token", "operator", "-n", ns); err != nil || strings.Count(token, ".") != 2 {
		t.Errorf("kubectl create token: %q, %v", token, err)
	}
	kubeconfig, err := eu.ServiceAccountKubeconfig(t.Context(), ns, "operator")
	if err != nil {
		t.Fatal(err)
	}
	_, err = clientOf(t, kubeconfig).CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if want := "system:serviceaccount:" + ns + ":operator"; !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want Forbidden for %s", err, want)
	}
}

func TestTheAPIServerComesBackAtItsAddressWithItsData(t *testing.T) {
	t.Parallel()
	f := ForTest(t, Options{Names: []string{"restarted"}})
	c := f.Cluster("restarted")
	name := namespace(t, c)
	client := client(t, c)

	c.StopAPIServer()
	if _, err := client.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{}); err == nil || apierrors.ReasonForError(err) != metav1.StatusReasonUnknown {
		t.Errorf("while stopped: got %v, want a refused connection", err)
	}
	if err := c.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{}); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestAProgramThatFailsToStartIsReportedWithItsLog(t *testing.T) {
	f := ForTest(t, Options{Names: []string{"broken"}})
	c := f.Cluster("broken")
	c.StopAPIServer()
	c.binaries.KubeAPIServer = "/bin/ls" // takes none of the flags
	err := c.StartAPIServer(t.Context())
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver ended") || !strings.Contains(err.Error(), "unrecognized option") {
		t.Errorf("got %v, want the end of kube-apiserver with its log", err)
	}
	c.end(apiServerName)
}

func TestOptionsAreChecked(t *testing.T) {
	for name, options := range map[string]Options{
		"a name that is no label":   {Names: []string{"../eu"}},
		"a name given twice":        {Names: []string{"eu", "eu"}},
		"a grace period of seconds": {NodeMonitorGracePeriod: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := Start(t.Context(), options); err == nil {
				_ = f.Stop()
				t.Error("started")
			}
		})
	}
}

// audited returns the first event that matches. The server writes it before it answers,
// though a reader may see the file late.
func audited(t *testing.T, c *Cluster, matches func(auditv1.Event) bool) auditv1.Event {
	t.Helper()
	var found auditv1.Event
	eventually(t, "the audit log to have the request", func(context.Context) bool {
		events, err := c.Audit()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.ObjectRef != nil && e.ResponseStatus != nil && matches(e) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}
