package firstrun

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func complete() Settings {
	return Settings{
		InstallationID: "prod", Namespace: "network", Installer: ByHelm, Sources: "../..", Record: "first-run.json",
		Hub:   Place{Name: "eu", Region: "eu-west-1", Cluster: "prod-eu"},
		Other: Place{Name: "us", Region: "us-gov-east-1", Cluster: "prod-us"},
	}
}

func TestWhatIsMissingIsSaidAllAtOnce(t *testing.T) {
	t.Parallel()
	s := complete()
	s.InstallationID, s.Hub.Region, s.Other.Cluster = "", "", ""
	err := s.Complete()
	for _, want := range []string{"ID (-installation-id)", "EU_REGION (-hub-region)", "US_CLUSTER (-other-cluster)", "docs/first-run.md"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestSettingsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*Settings){
		"-installer":       func(s *Settings) { s.Installer = "apt" },
		"-undo":            func(s *Settings) { s.Undo = "some" },
		"-rollout":         func(s *Settings) { s.Rollout = "{" },
		"-installation-id": func(s *Settings) { s.InstallationID = "a b" },
		"-hub-name":        func(s *Settings) { s.Hub.Name = s.Other.Name },
		"-other-name":      func(s *Settings) { s.Other.Name = "local" },
		"two contexts":     func(s *Settings) { s.Hub.Context, s.Other.Context = "same", "same" },
	} {
		s := complete()
		edit(&s)
		if err := s.Complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something about %s", err, want)
		}
	}
}

func TestFlagsDefaultToWhatInstallExports(t *testing.T) {
	for key, value := range map[string]string{"ID": "prod", "EU_CLUSTER": "prod-eu", "EU_REGION": "eu-west-1", "US_CLUSTER": "prod-us", "US_REGION": "us-east-1", "US_PROFILE": "us"} {
		t.Setenv(key, value)
	}
	var s Settings
	flags := flag.NewFlagSet("first-run", flag.ContinueOnError)
	s.Bind(flags)
	if err := errors.Join(flags.Parse([]string{"-installer=kubectl"}), s.Complete()); err != nil {
		t.Fatal(err)
	}
	if s.Hub.Context != "prod-eu" || s.Other.Profile != "us" || s.Other.Name != "us" || s.Installer != ByKubectl {
		t.Errorf("%+v", s)
	}
	if role := s.Other.role("222222222222"); role != "arn:aws:iam::222222222222:role/crossvpc" {
		t.Error(role)
	}
	if role := complete().Other.role("222222222222"); role != "arn:aws-us-gov:iam::222222222222:role/crossvpc" {
		t.Error(role)
	}
}

func TestOnlyYesIsAnAnswerThatChangesSomething(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "": false, "n\n": false, "maybe\n": false, "y": true} {
		s := &screen{out: &bytes.Buffer{}, in: bufio.NewReader(strings.NewReader(answer))}
		if got, err := s.ask(t.Context(), "Do it?"); got != want || err != nil {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	never, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = never.Close() })
	s := &screen{out: &bytes.Buffer{}, in: bufio.NewReader(never)}
	if _, err := s.ask(stopped, "Do it?"); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt while it asks: %v", err)
	}
}

func TestTheRecordKeepsWhatWasThereFirstAndGoesWithTheLastStep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "first-run.json")
	settings := complete()
	r, err := readRecord(path, &settings)
	if err := errors.Join(err, sameAs(r, &settings), r.begin("admit", json.RawMessage(`{"a":1}`)), r.begin("plan", nil), r.begin("admit", json.RawMessage(`{"a":2}`))); err != nil {
		t.Fatal(err)
	}
	again, err := readRecord(path, &settings)
	if err != nil {
		t.Fatal(err)
	}
	var before map[string]int
	if err := json.Unmarshal(again.Steps[0].Before, &before); err != nil || before["a"] != 1 || len(again.Steps) != 2 {
		t.Errorf("%v %v %+v", err, before, again)
	}
	if !again.passed("admit") || again.passed("plan") || again.passed("nodes") {
		t.Error("only what a later step follows is passed")
	}
	if err := again.mark("plan", true); err != nil || !again.passed("plan") {
		t.Errorf("what is done is passed: %v", err)
	}
	if again, err = readRecord(path, &settings); err != nil || !again.passed("plan") {
		t.Errorf("the file does not say what is done: %v", err)
	}
	stranger := complete()
	stranger.InstallationID = "other"
	if _, err := readRecord(path, &stranger); err == nil {
		t.Error("the record of another installation is taken")
	}
	if err := errors.Join(again.forget("plan"), again.forget("admit")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file stays: %v", err)
	}
}

func TestCommandsCanBePasted(t *testing.T) {
	t.Parallel()
	if got := shell([]string{"kubectl", "patch", "-p", `{"a":"it's"}`, "--context", "eu"}); got != `kubectl patch -p '{"a":"it'\''s"}' --context eu` {
		t.Error(got)
	}
	if got := (command{shown: "kubectl apply -f -", input: "a: 1\n"}).String(); got != "kubectl apply -f - <<'END'\na: 1\nEND" {
		t.Error(got)
	}
}

// aRun is one whose places nobody is asked about.
func aRun(t *testing.T, edit func(*Settings)) *run {
	t.Helper()
	s := complete()
	edit(&s)
	if err := s.Complete(); err != nil {
		t.Fatal(err)
	}
	r := &run{Settings: s, screen: &screen{out: &bytes.Buffer{}}, record: &record{}}
	r.hub, r.other = &side{Place: s.Hub, object: bootstrap.LocalCluster}, &side{Place: s.Other, object: s.Other.Name}
	r.hub.seen.account, r.other.seen.account = "111111111111", "222222222222"
	return r
}

func shown(commands []command) (lines []string) {
	for _, c := range commands {
		lines = append(lines, c.shown)
	}
	return lines
}

func TestTheOperatorIsInstalledAndRemovedByTheToolThatWasChosen(t *testing.T) {
	t.Parallel()
	r := aRun(t, func(s *Settings) { s.Image = "registry.example:5000/crossvpc:v1" })
	want := []string{
		"helm --kube-context prod-eu upgrade --install crossvpc ../../charts/crossvpc --namespace crossvpc-system --create-namespace --set installationID=prod " +
			"--set image.repository=registry.example:5000/crossvpc --set image.tag=v1",
		"kubectl --context prod-eu -n crossvpc-system rollout status deployment/crossvpc --timeout=5m",
	}
	if diff := cmp.Diff(want, shown(r.installCommands())); diff != "" {
		t.Error(diff)
	}
	want = []string{
		"helm --kube-context prod-eu uninstall crossvpc --namespace crossvpc-system --ignore-not-found --wait",
		"kubectl --context prod-eu delete --ignore-not-found namespace crossvpc-system",
		"# stop where objects of others need the CRDs",
		"kubectl --context prod-eu delete --ignore-not-found -k ../../config/crd",
	}
	if diff := cmp.Diff(want, shown(r.uninstallCommands())); diff != "" {
		t.Error(diff)
	}
}

func TestNoNodeIsRenewedUnaskedUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	for rollout, want := range map[string]string{"": "Manual", "{maxUnavailable: 2}": "Manual", "{approval: Automatic}": "Automatic"} {
		r := aRun(t, func(s *Settings) { s.Rollout = rollout })
		for document := range strings.SplitSeq(r.ownersYAML(), "---\n") {
			var cluster v1alpha1.PeeredCluster
			if err := yaml.UnmarshalStrict([]byte(document), &cluster); err != nil {
				continue // an AWSIdentity
			}
			if got := string(cluster.Spec.Rollout.Approval); cluster.Kind == "PeeredCluster" && got != want {
				t.Errorf("%s: approval is %s", rollout, got)
			}
		}
	}
}

func TestEachStepSaysWhatItIsForAndHowItIsUndone(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range aRun(t, func(*Settings) {}).steps() {
		if s.title == "" || s.why == "" || s.undone == "" || s.undo == nil || len(s.do) == 0 || seen[s.id] {
			t.Errorf("%+v", s)
		}
		seen[s.id] = true
	}
}

func TestTheProofNamesWhatIsOursAndNothingElse(t *testing.T) {
	t.Parallel()
	tagged := func(installation string) map[string]string {
		return map[string]string{v1alpha1.TagManagedBy: installation}
	}
	network := peering.SideSnapshot{
		Connections: []peering.Connection{
			{ID: "pcx-live", State: peering.StateActive, Tags: tagged("prod")}, {ID: "pcx-gone", State: peering.StateDeleted, Tags: tagged("prod")},
			{ID: "pcx-foreign", State: peering.StateActive, Tags: map[string]string{v1alpha1.TagManagedBy: "other", v1alpha1.TagOwner: "other/shop/a-b"}},
			{ID: "pcx-going", State: peering.StateDeleting, Tags: tagged("prod")}, {ID: "pcx-bare", State: peering.StateActive},
		},
		Rules: []peering.SecurityGroupRule{{ID: "sgr-ours", Tags: tagged("prod")}, {ID: "sgr-foreign", Tags: tagged("other")}, {ID: "sgr-bare"}},
		RouteTables: []peering.RouteTable{{ID: "rtb-1", Routes: []peering.Route{
			{Destination: netip.MustParsePrefix("10.12.0.0/16"), Target: "pcx-gone"}, {Destination: netip.MustParsePrefix("10.9.0.0/16"), Target: "pcx-foreign"},
		}}},
	}
	found := owned(network, "prod")
	if diff := cmp.Diff([]string{"pcx-live", "sgr-ours", "route 10.12.0.0/16 of rtb-1"}, found.left); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pcx-foreign (other/shop/a-b)", "sgr-foreign (other)", "route 10.9.0.0/16 of rtb-1 (other/shop/a-b)"}, found.others); diff != "" {
		t.Error(diff)
	}
}

func TestTheGrantsAreThoseOfTheShippedFiles(t *testing.T) {
	t.Parallel()
	item := aRun(t, func(*Settings) {}).permissions()
	var text strings.Builder
	for _, below := range item.Items {
		text.WriteString(below.Name + " " + below.Message + "\n")
	}
	for _, want := range []string{"ec2:CreateVpcPeeringConnection", "ec2:AcceptVpcPeeringConnection", "autoscaling:TerminateInstanceInAutoScalingGroup", "create pods/eviction", "role/crossvpc (config/iam/accepter.json)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "Describe") {
		t.Error("what only reads is one word")
	}
}

func TestWhoeverSetsNothingIsToldWhatToSetAndThatNothingWasDone(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	code := Run(t.Context(), Settings{Record: filepath.Join(t.TempDir(), "first-run.json")}, strings.NewReader(""), &said)
	if code != ExitFailed || !strings.Contains(said.String(), "EU_CLUSTER") || !strings.Contains(said.String(), "did not get as far as to look") {
		t.Errorf("exit code %d:\n%s", code, said.String())
	}
}
