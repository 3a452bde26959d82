package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// memoryLimit is that of the manager's container in config/manager, in KiB.
const memoryLimit = 512 << 10

// planted is in every kubeconfig of this test, and nowhere else may it be.
const planted = "eyJhbGciOiJSUzI1NiIsImtpZCI6InBsYW50ZWQifQ.cGxhbnRlZC1ieS10aGUtdGVzdC10by1iZS1mb3VuZA.UExBTlRFRC1TSUdOQVRVUkUtMDEyMzQ1Njc4OQ"

func addByKubeconfig(t *testing.T, r *rig.Rig, name, address string, ca []byte) {
	t.Helper()
	kubeconfig := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
"clusters":[{"name":"c","cluster":{"server":%q,"certificate-authority-data":%q}}],"users":[{"name":"u","user":{"token":%q}}]}`,
		address, base64.StdEncoding.EncodeToString(ca), planted)
	for _, object := range []client.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: rig.SystemNamespace, Name: name}, Data: map[string][]byte{"value": []byte(kubeconfig)}},
		&v1alpha1.PeeredCluster{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: v1alpha1.PeeredClusterSpec{
				Access: v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: name}}, Region: "eu-west-1", VPCID: "vpc-0123456789abcdef0",
			},
		},
	} {
		if err := r.EU.Kube.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// seenWithin changes the local cluster's spec and waits until the manager has seen it.
func seenWithin(t *testing.T, r *rig.Rig, seconds int) time.Duration {
	t.Helper()
	patch(t, r, "local", fmt.Sprintf(`{"rollout":{"minReadySeconds":%d}}`, seconds))
	began := time.Now()
	until(t, "the healthy cluster's change to be seen", func() (bool, string) {
		object := cluster(t, r, "local")
		return object.Status.ObservedGeneration == object.Generation, describe(object.Status.Conditions)
	})
	return time.Since(began)
}

func reachable(t *testing.T, r *rig.Rig, name string) *metav1.Condition {
	t.Helper()
	if found := meta.FindStatusCondition(cluster(t, r, name).Status.Conditions, v1alpha1.ConditionReachable); found != nil {
		return found
	}
	return &metav1.Condition{}
}

type hostility struct {
	at   map[string]http.HandlerFunc
	want string
}

func hostilities(t *testing.T) map[string]hostility {
	t.Helper()
	packed := pack(t)
	one := func(where string, handler http.HandlerFunc, want string) hostility {
		return hostility{map[string]http.HandlerFunc{where: handler}, want}
	}
	lists := func(handler http.HandlerFunc, want string) hostility {
		return hostility{map[string]http.HandlerFunc{"list": handler, "watch": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest) // as API servers do that stream no lists
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":400,"reason":"BadRequest"}`)
		}}, want}
	}
	object := `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","annotations":{"a":"`
	return map[string]hostility{
		"bomb-version":     one("/version", bomb(packed, 0), "answers with more than"),
		"bomb-discovery":   one("/apis", bomb(packed, 0), "answers with more than"),
		"bomb-error":       one("/version", bomb(packed, 500), "answers with error 500"),
		"bomb-list":        lists(bomb(packed, 0), "answers with more than"),
		"bomb-watch":       one("watch", bomb(packed, 0), "an encoding that was not asked for"),
		"deflate":          one("/version", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "deflate") }, "an encoding that was not asked for"),
		"endless-version":  one("/version", endlessly(`{"gitVersion":"`, "v"), "answers with more than"),
		"endless-list":     lists(endlessly(`{"kind":"NodeList","apiVersion":"v1","items":[`, object+strings.Repeat("a", 1000)+`"}}},`), "answers with more than"),
		"empty-objects":    lists(endlessly(`{"kind":"NodeList","apiVersion":"v1","items":[`, "{},"), "answers with more than"),
		"endless-event":    one("watch", endlessly(`{"type":"ADDED","object":`+object, "a"), "answers with more than"),
		"large-objects":    one("watch", nodesWithoutEnd(1<<20), "answers with more than"),
		"tiny-objects":     one("watch", nodesWithoutEnd(1), "answers with more than"),
		"endless-header":   one("/version", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 900<<10)) }, "more than 64 KiB of header"),
		"no-rest":          one("watch", sameNodeWithoutEnd, ""),
		"echo-version":     one("/version", echo(200, `{"gitVersion":"%s"}`), ""),
		"echo-uid":         one("/api/v1/namespaces/kube-system", echo(200, `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"kube-system","uid":"%s"}}`), ""),
		"echo-denial":      one("/version", echo(403, `{"kind":"Status","code":403,"reason":"Forbidden","message":"%s"}`), "denies a permission"),
		"echo-text":        one("/api/v1/namespaces/kube-system", echo(422, `%s`), ""),
		"echo-discovery":   one("/api/v1", echo(200, `{"kind":"%s"}`), ""),
		"echo-gone":        one("watch", echo(200, `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","code":410,"message":"%s"}}`), ""),
		"echo-undecodable": one("watch", echo(200, `{"type":"ADDED","object":{"kind":"%s","apiVersion":"v1"}}`), ""),
	}
}

// TestClustersThatAreHostileOrSilentHarmNobodyElse has a manager with its shipped memory limit
// and clusters of every bad kind beside a healthy one.
func TestClustersThatAreHostileOrSilentHarmNobodyElse(t *testing.T) {
	metrics := freeAddress(t)
	r := start(t, rig.Options{Alone: true, Bare: true, Sweep: "10s", ManagerEnv: []string{"GOMEMLIMIT=512MiB"}, ManagerArgs: []string{"--zap-log-level=10", "--metrics-bind-address", metrics}})
	pid := r.Manager.PID()
	all := hostilities(t)
	for name, bad := range all {
		address, ca := servedFake(t, fakeCluster{at: bad.at, uid: name})
		addByKubeconfig(t, r, name, address, ca)
	}
	for name, bad := range all {
		until(t, name+" to be told from others", func() (bool, string) {
			found := reachable(t, r, name)
			told := found.Reason == v1alpha1.ReasonClusterUnreachable || found.Reason == v1alpha1.ReasonForbidden
			return strings.Contains(found.Message, bad.want) && (told || bad.want == ""), found.Reason + ": " + found.Message
		})
	}
	t.Logf("beside %d hostile clusters a change is seen within %s; the manager took %d MiB at most", len(all), seenWithin(t, r, 7), peak(t, pid)>>10)
	t.Run("silent ones", func(t *testing.T) { besideSilentClusters(t, r) })
	if most := peak(t, pid); most > memoryLimit {
		t.Errorf("the manager took %d MiB, and its limit is %d", most>>10, memoryLimit>>10)
	}
	if r.Manager.PID() != pid || reachable(t, r, "local").Status != metav1.ConditionTrue {
		t.Errorf("the healthy cluster is %v", reachable(t, r, "local"))
	}
	expectNoCredentials(t, r, scrape(t, r, metrics))
}

func besideSilentClusters(t *testing.T, r *rig.Rig) {
	t.Helper()
	hold := func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }
	trickle := fakeCluster{at: map[string]http.HandlerFunc{"/version": func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}}}
	slow, ca := servedFake(t, trickle)
	stalled := mute(t, hold)
	const silent = 100
	for i := range silent {
		address := [...]string{stalled, slow, "https://192.0.2.1:443", stalled}[i%4]
		addByKubeconfig(t, r, fmt.Sprintf("silent-%d", i), address, ca)
	}
	slowest := time.Duration(0)
	for i := range 8 {
		slowest = max(slowest, seenWithin(t, r, 10+i))
	}
	// Without isolation a change waits for the silent clusters before it, each of which holds a worker for the 10 s of a call
	// (callTimeout in internal/cluster). Two cores that run other tests as well take more than the second of a quiet machine for a
	// change alone, so the gate has room: 4 s, which is less than one such call.
	figure.Figure{Name: fmt.Sprintf("slowest of 8 changes seen beside %d silent clusters", silent), Unit: "s", Value: slowest.Seconds(), Target: 1, Room: roomForTime}.Assert(t)
	until(t, "a silent cluster to be told", func() (bool, string) {
		found := reachable(t, r, "silent-0")
		return found.Reason == v1alpha1.ReasonClusterUnreachable && strings.Contains(found.Message, "does not answer in time"), found.Message
	})
}

// expectNoCredentials looks into everything that the manager wrote.
func expectNoCredentials(t *testing.T, r *rig.Rig, metrics string) {
	t.Helper()
	logged, err := os.ReadFile(r.ManagerLog())
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{
		"the log": string(logged),
		"objects": kubectl(t, r, "get", "peeredclusters,vpcpeerings,awsidentities,events", "-A", "-o", "yaml"),
		"metrics": metrics,
	} {
		if len(text) == 0 {
			t.Errorf("nothing was found in %s", where)
		}
		for _, part := range strings.Split(planted, ".")[1:] {
			for _, form := range []string{part[5:25], base64.StdEncoding.EncodeToString([]byte(planted))[90:110]} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("a credential is in %s: …%s…", where, text[max(0, i-200):min(len(text), i+100)])
				}
			}
		}
	}
}
