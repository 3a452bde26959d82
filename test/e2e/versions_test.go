package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/gobuild"
)

// sweeps are how many sweeps a manager gets to do what it must not do.
const sweeps = 3

// TestAnUpgradeAndTheWayBackChangeNothing: roles, policies and CRDs follow a release when it suits their owners, so a new
// manager meets old ones, and after a rollback an old one meets the status of the new one.
func TestAnUpgradeAndTheWayBackChangeNothing(t *testing.T) {
	former := formerSources(t)
	binary := filepath.Join(t.TempDir(), "former")
	if err := (gobuild.Programs{Module: former, Packages: []string{"./cmd"}, Linker: []string{"-s", "-w"}, Out: binary}).Build(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	r := setUp(t, rig.Options{Nodes: 2, Sources: former})
	runs(t, r, binary)
	apply(t, r, objects)
	apply(t, r, peering)
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	expectReach(t, r)

	upgraded(t, r, build(t), "the new manager with the roles, CRDs and status of the former one")
	expectDenialsNamed(t, r)
	if err := r.Upgrade(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	upgraded(t, r, build(t), "the new manager with its own roles and CRDs")
	upgraded(t, r, binary, "the former manager over the new one's objects")
	expectReach(t, r)
}

// formerSources are those of the commit before the last one that changed what is installed, or of E2E_FORMER.
func formerSources(t *testing.T) string {
	t.Helper()
	root, err := rig.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	git := func(arguments ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, arguments...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	commit := os.Getenv("E2E_FORMER")
	if commit == "" {
		last, err := git("log", "-1", "--format=%H", "--", "config/crd", "config/rbac", "config/cluster", "config/iam")
		if err == nil && last != "" {
			commit, err = git("rev-parse", "--verify", "--quiet", last+"^")
		}
		if err != nil || commit == "" {
			t.Skip("SKIPPED: there is no earlier commit here: this is no git repository, or its history is cut off")
		}
	}
	t.Logf("the former manager is that of %s", commit)
	folder := t.TempDir()
	archive, err := exec.CommandContext(t.Context(), "git", "-C", root, "archive", commit).Output()
	if err != nil {
		t.Fatal(err)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-C", folder)
	unpack.Stdin = bytes.NewReader(archive)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s: %v %s", commit, err, out)
	}
	return folder
}

func runs(t *testing.T, r *rig.Rig, binary string) {
	t.Helper()
	if err := r.StartManager(t.Context(), binary); err != nil {
		t.Fatal(err)
	}
}

// upgraded puts one manager in the place of another, and watches for some sweeps: all objects stay Ready, nothing changes
// in AWS, no CiliumNodeConfig is written, not even for the version that it names, and no pod is evicted.
func upgraded(t *testing.T, r *rig.Rig, binary, what string) {
	t.Helper()
	if err := r.Manager.Stop(); err != nil {
		t.Fatal(err)
	}
	began, evicted, configs := lastCall(r), evictions(t, r), nodeConfigs(t, r)
	runs(t, r, binary)
	until(t, what+" to make some sweeps", func() (bool, string) {
		expectAllReady(t, r, what)
		made := sweepsSince(r, began)
		return made >= sweeps, fmt.Sprintf("%d sweeps", made)
	})
	expectNoChange(t, r, began, what)
	if now := nodeConfigs(t, r); now != configs {
		t.Errorf("%s wrote CiliumNodeConfigs: before\n%snow\n%s", what, configs, now)
	}
	if now := evictions(t, r); now != evicted {
		t.Errorf("%s evicted %d pods", what, now-evicted)
	}
}

// expectNoChange: since a call nobody changed anything in AWS.
func expectNoChange(t *testing.T, r *rig.Rig, since int64, what string) {
	t.Helper()
	for _, call := range r.Cloud.Journal(awssim.Query{Since: since}) {
		if slices.ContainsFunc([]string{"Describe", "Get", "AssumeRole"}, func(read string) bool { return strings.HasPrefix(call.Action, read) }) {
			continue
		}
		t.Errorf("%s: %s:%s by %s: %v (%s)", what, call.Service, call.Action, call.Principal, call.Parameters, call.Code)
	}
}

// expectDenialsNamed: rights that the former roles lack are optional, so what AWS denied is named in a condition.
func expectDenialsNamed(t *testing.T, r *rig.Rig) {
	t.Helper()
	said := allConditions(t, r)
	for _, call := range ownCalls(r) {
		action := call.Service + ":" + call.Action
		if slices.Contains([]string{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}, call.Code) && !strings.Contains(said, action) {
			t.Errorf("%s was denied, and no condition says so:\n%s", action, said)
		}
	}
}

// nodeConfigs are those of both clusters, each with its last write.
func nodeConfigs(t *testing.T, r *rig.Rig) string {
	t.Helper()
	found := ""
	for _, side := range r.Sides() {
		found += kubectlIn(t, side, "get", "ciliumnodeconfigs", "-A", "-o", `jsonpath={range .items[*]}{.metadata.name}{" "}{.metadata.resourceVersion}{"\n"}{end}`)
	}
	if !strings.Contains(found, " ") {
		t.Fatal("there is no CiliumNodeConfig")
	}
	return found
}

func allConditions(t *testing.T, r *rig.Rig) string {
	t.Helper()
	said := describe(thePeering(t, r).Status.Conditions)
	for _, name := range []string{"local", "us"} {
		said += "\n" + describe(cluster(t, r, name).Status.Conditions)
	}
	return said
}

func lastCall(r *rig.Rig) int64 {
	last := int64(0)
	for _, call := range r.Cloud.Journal(awssim.Query{}) {
		last = max(last, call.Sequence)
	}
	return last
}

// sweepsSince counts by the reads of connections, of which there is one for each side and sweep.
func sweepsSince(r *rig.Rig, since int64) int {
	return len(r.Cloud.Journal(awssim.Query{Action: "DescribeVpcPeeringConnections", Region: r.Pair.Accepter.Region, Since: since}))
}

func evictions(t *testing.T, r *rig.Rig) int {
	t.Helper()
	count := 0
	for _, side := range r.Sides() {
		for _, e := range ownEvents(t, side) {
			if resource(e) == "pods/eviction" {
				count++
			}
		}
	}
	return count
}

func expectAllReady(t *testing.T, r *rig.Rig, what string) {
	t.Helper()
	ready := func(object client.Object, conditions []metav1.Condition) {
		if !has(conditions, v1alpha1.ConditionReady, metav1.ConditionTrue, "") {
			t.Fatalf("%s: %T %s is no longer Ready: %s", what, object, object.GetName(), describe(conditions))
		}
	}
	p := thePeering(t, r)
	ready(p, p.Status.Conditions)
	for _, name := range []string{"local", "us"} {
		c := cluster(t, r, name)
		ready(c, c.Status.Conditions)
	}
	identities := &v1alpha1.AWSIdentityList{}
	if err := r.EU.Kube.List(t.Context(), identities); err != nil {
		t.Fatal(err)
	}
	for _, identity := range identities.Items {
		ready(&identity, identity.Status.Conditions)
	}
}
