package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// served is an API server as far as a client asks it which kinds it serves; answer is for everything else.
func served(t *testing.T, version string, answer http.HandlerFunc) (kubeconfig string) {
	t.Helper()
	groups := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	resources := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: v1alpha1.GroupVersion.Group + "/" + version}
	if version != "" {
		found := metav1.GroupVersionForDiscovery{GroupVersion: resources.GroupVersion, Version: version}
		groups.Groups = []metav1.APIGroup{{Name: v1alpha1.GroupVersion.Group, Versions: []metav1.GroupVersionForDiscovery{found}, PreferredVersion: found}}
		for kind, name := range map[string]string{"VPCPeering": "vpcpeerings", "PeeredCluster": "peeredclusters", "AWSIdentity": "awsidentities"} {
			resources.APIResources = append(resources.APIResources, metav1.APIResource{Name: name, Kind: kind, Namespaced: kind == "VPCPeering", Verbs: metav1.Verbs{"get", "list", "patch"}})
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api":
			_ = json.NewEncoder(w).Encode(metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
		case "/apis":
			_ = json.NewEncoder(w).Encode(groups)
		case "/apis/" + resources.GroupVersion:
			_ = json.NewEncoder(w).Encode(resources)
		default:
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return kubeconfigOf(t, server.URL)
}

// refuse answers with a Status as an API server does.
func refuse(code int, reason metav1.StatusReason, says string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: int32(code), Reason: reason, Message: says + r.URL.Path,
		})
	}
}

// everyCommand has each command once, with arguments that it accepts.
var everyCommand = [][]string{
	{"check"}, {"status"}, {"status", "eu-us"}, {"plan", "eu-us"}, {"verify", "--all-pairs"}, {"diagnose", "10.11.0.1", "10.12.0.1"}, {"graph"},
	{"rollout", "status"}, {"rollout", "status", "us"}, {"rollout", "pause", "us"}, {"rollout", "resume", "us"}, {"rollout", "approve", "us"}, {"rollout", "retry", "us"},
}

// TestEveryCommandSaysWhatTheClusterDoesNotServeOrAllow and ends with 2.
func TestEveryCommandSaysWhatTheClusterDoesNotServeOrAllow(t *testing.T) {
	missing, forbidden := refuse(http.StatusNotFound, metav1.StatusReasonNotFound, "the server could not find "), refuse(http.StatusForbidden, metav1.StatusReasonForbidden, `User "nobody" cannot read `)
	for name, test := range map[string]struct {
		version string
		answer  http.HandlerFunc
		says    []string
	}{
		"no CRDs":            {"", missing, []string{"does not have crossvpc's kinds", "Install crossvpc, or choose its cluster with --context"}},
		"CRDs of before":     {"v1alpha0", missing, []string{"v1alpha1", "--context"}},
		"CRDs of later":      {"v2", missing, []string{"v1alpha1", "--context"}},
		"nothing is allowed": {v1alpha1.GroupVersion.Version, forbidden, []string{`User "nobody" cannot read /apis/networking.crossvpc.io`, "Ask for that right"}},
		"not logged in":      {v1alpha1.GroupVersion.Version, refuse(http.StatusUnauthorized, metav1.StatusReasonUnauthorized, ""), []string{"does not accept your credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := served(t, test.version, test.answer)
			for _, args := range everyCommand {
				code, out, errOut := run(t, append(args, "--kubeconfig", kubeconfig)...)
				if code != ExitUnknown {
					t.Errorf("%v: exit code %d\n%s%s", args, code, out, errOut)
				}
				for _, part := range test.says {
					if said := strings.Join(strings.Fields(out+errOut), " "); !strings.Contains(said, part) {
						t.Errorf("%v does not say %q:\n%s", args, part, said)
					}
				}
			}
		})
	}
}

// TestAChangeThatAnOlderCRDDropsIsNoSuccess: the API server answers 200, without the field.
func TestAChangeThatAnOlderCRDDropsIsNoSuccess(t *testing.T) {
	kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "vpcpeerings") {
			peering := peeringNamed("default", "eu-us", metav1.ConditionFalse, "Planned.")
			peering.TypeMeta = metav1.TypeMeta{Kind: "VPCPeering", APIVersion: v1alpha1.GroupVersion.String()}
			peering.Spec.Mode, peering.Generation, peering.Status.Plan = v1alpha1.ModePlan, 1, &v1alpha1.Plan{Hash: "pabc", Actions: []string{}}
			_ = json.NewEncoder(w).Encode(peering)
			return
		}
		if strings.HasSuffix(r.URL.Path, "peeredclusters") {
			_ = json.NewEncoder(w).Encode(v1alpha1.PeeredClusterList{TypeMeta: metav1.TypeMeta{Kind: "PeeredClusterList", APIVersion: v1alpha1.GroupVersion.String()}})
			return
		}
		cluster := clusterNamed("us")
		cluster.TypeMeta, cluster.Generation, cluster.ResourceVersion = metav1.TypeMeta{Kind: "PeeredCluster", APIVersion: v1alpha1.GroupVersion.String()}, 1, "1"
		_ = json.NewEncoder(w).Encode(cluster)
	})
	for _, args := range [][]string{{"rollout", "pause", "us"}, {"rollout", "approve", "us"}, {"plan", "eu-us", "--approve", "--yes"}} {
		code, out, errOut := run(t, append(args, "--kubeconfig", kubeconfig)...)
		if code != ExitUnknown || !strings.Contains(errOut, "did not take the change") {
			t.Errorf("%v: exit code %d: %s%s", args, code, out, errOut)
		}
	}
}

// TestWhereClustersMayNotBeReadItIsSaid: what is shown without them is not all.
func TestWhereClustersMayNotBeReadItIsSaid(t *testing.T) {
	forbidden := refuse(http.StatusForbidden, metav1.StatusReasonForbidden, "cannot list ")
	kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "vpcpeerings") {
			forbidden(w, r)
			return
		}
		peering := peeringNamed("default", "eu-us", metav1.ConditionTrue, "All is well.")
		peering.TypeMeta = metav1.TypeMeta{Kind: "VPCPeering", APIVersion: v1alpha1.GroupVersion.String()}
		_ = json.NewEncoder(w).Encode(peering)
	})
	_, _, errOut := run(t, "status", "eu-us", "--kubeconfig", kubeconfig)
	if !strings.Contains(errOut, "PeeredClusters are left out: ") || !strings.Contains(errOut, "cannot list /apis/networking.crossvpc.io/v1alpha1/peeredclusters") {
		t.Errorf("said %q", errOut)
	}
}

// TestWhoStopsWaitingForProbesIsNotToldThatTheyPassed, whether by Ctrl-C or because the time is over: what was seen last is
// of before, and the run goes on.
func TestWhoStopsWaitingForProbesIsNotToldThatTheyPassed(t *testing.T) {
	for name, test := range map[string]struct {
		interrupt bool
		wait      string
		says      []string
	}{
		"interrupted":      {true, "10m", []string{"interrupted. The probes of VPCPeering default/eu-us go on, and crossvpc removes their pods."}},
		"the time is over": {false, "4s", []string{"did not end in time; this is what was seen before", "1/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			asked := false
			kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
				peering := peeringNamed("default", "eu-us", metav1.ConditionTrue, "All is well.")
				peering.TypeMeta = metav1.TypeMeta{Kind: "VPCPeering", APIVersion: v1alpha1.GroupVersion.String()}
				peering.Spec.Verification = &v1alpha1.Verification{Enabled: true}
				before := metav1.NewTime(time.Now().Add(-time.Hour))
				peering.Status.Verification = &v1alpha1.VerificationStatus{LastRunTime: &before, Results: []v1alpha1.ProbeResult{{From: "local/n1", To: "us/n2", Passed: true}}}
				_ = json.NewEncoder(w).Encode(peering)
				if asked = asked || r.Method == http.MethodPatch; asked && test.interrupt && r.Method == http.MethodGet {
					cancel() // in the middle of the run
				}
			})
			for _, args := range [][]string{{"verify", "eu-us", "--wait", test.wait}, {"verify", "eu-us", "--wait", test.wait, "-o", "json"}} {
				var stdout, stderr bytes.Buffer
				code := Run(ctx, genericiooptions.IOStreams{In: strings.NewReader(""), Out: &stdout, ErrOut: &stderr}, append(args, "--kubeconfig", kubeconfig))
				if code != ExitUnknown {
					t.Errorf("%v: exit code %d: %s%s", args, code, stdout.String(), stderr.String())
				}
				for _, part := range test.says {
					if args[len(args)-1] != "json" && !strings.Contains(stdout.String()+stderr.String(), part) {
						t.Errorf("%v does not say %q: %s%s", args, part, stdout.String(), stderr.String())
					}
				}
			}
		})
	}
}

// probedPeering has been probed before, an hour ago by the manager's clock, and the manager has handled what was asked for last.
func probedPeering(name, token string, ended time.Time) *v1alpha1.VPCPeering {
	peering := peeringNamed("default", name, metav1.ConditionTrue, "All is well.")
	peering.TypeMeta = metav1.TypeMeta{Kind: "VPCPeering", APIVersion: v1alpha1.GroupVersion.String()}
	peering.Spec.Verification, peering.Status.LastHandledReconcileAt = &v1alpha1.Verification{Enabled: true}, token
	last := metav1.NewTime(ended)
	peering.Status.Verification = &v1alpha1.VerificationStatus{LastRunTime: &last, Results: []v1alpha1.ProbeResult{{From: "local/n1", To: name + "/n2", Passed: true}}}
	return peering
}

// tokenOf is what a PATCH asks for.
func tokenOf(t *testing.T, r *http.Request) string {
	t.Helper()
	asked := v1alpha1.VPCPeering{}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		t.Error(err)
	}
	return asked.Annotations[v1alpha1.AnnotationReconcile]
}

// TestARunIsOverWhateverTheClockOfWhoAsksSays: here that of the manager is an hour behind.
func TestARunIsOverWhateverTheClockOfWhoAsksSays(t *testing.T) {
	ended, token := time.Now().Add(-2*time.Hour), ""
	kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
		peering := probedPeering("eu-us", token, ended)
		if r.Method == http.MethodPatch { // what it answers is still of before
			token, ended = tokenOf(t, r), time.Now().Add(-time.Hour)
		}
		_ = json.NewEncoder(w).Encode(peering)
	})
	code, out, errOut := run(t, "verify", "eu-us", "--wait", "5m", "--kubeconfig", kubeconfig)
	if code != ExitGood || !strings.Contains(out, "1/1") {
		t.Errorf("exit code %d: %s%s", code, out, errOut)
	}
}

// TestARunThatTakesAllTheTimeHidesNoOther: what is known is shown, and which were not run is said.
func TestARunThatTakesAllTheTimeHidesNoOther(t *testing.T) {
	asked := []string{}
	kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
		first, second := probedPeering("eu-us", "", time.Now().Add(-time.Hour)), probedPeering("eu-ap", "", time.Now().Add(-time.Hour))
		switch name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]; {
		case name == "vpcpeerings":
			_ = json.NewEncoder(w).Encode(v1alpha1.VPCPeeringList{
				TypeMeta: metav1.TypeMeta{Kind: "VPCPeeringList", APIVersion: v1alpha1.GroupVersion.String()}, Items: []v1alpha1.VPCPeering{*first, *second},
			})
			return
		case r.Method == http.MethodPatch:
			asked = append(asked, name)
		}
		_ = json.NewEncoder(w).Encode(first)
	})
	code, out, errOut := run(t, "verify", "--all-pairs", "--wait", "4s", "--kubeconfig", kubeconfig)
	for _, part := range []string{"eu-us did not end in time", "eu-ap were not run: the time was over. Give it more with --wait"} {
		if !strings.Contains(errOut, part) {
			t.Errorf("does not say %q: %s", part, errOut)
		}
	}
	if code != ExitUnknown || strings.Count(out, "1/1") != 2 || len(asked) != 1 {
		t.Errorf("exit code %d, asked %v: %s%s", code, asked, out, errOut)
	}
}

// TestWhereThereIsNothingToProbeNobodyWaits, as in a peering whose one side names no cluster.
func TestWhereThereIsNothingToProbeNobodyWaits(t *testing.T) {
	token := ""
	kubeconfig := served(t, v1alpha1.GroupVersion.Version, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			token = tokenOf(t, r)
		}
		peering := probedPeering("eu-us", token, time.Now())
		peering.Status.Verification = nil
		meta.SetStatusCondition(&peering.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionConnectivityVerified, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonNotRequired})
		_ = json.NewEncoder(w).Encode(peering)
	})
	if _, out, errOut := run(t, "verify", "eu-us", "--wait", "5m", "--kubeconfig", kubeconfig); strings.Contains(errOut, "in time") {
		t.Errorf("%s%s", out, errOut)
	}
}
