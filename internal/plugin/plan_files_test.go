package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// asker is a person with credentials of both accounts, and files that nobody applied.
type asker struct {
	*hub
	cloud *awssim.Cloud
	pair  *scene.Pair
	// written is how many writes the hub's audit log has before anything is planned.
	written int
}

// auditedWrites counts all requests to the hub that change something.
func (h *hub) auditedWrites() int {
	h.t.Helper()
	events, err := h.cluster.Audit()
	if err != nil {
		h.t.Fatal(err)
	}
	count := 0
	for _, event := range events {
		if !slices.Contains([]string{"get", "list", "watch"}, event.Verb) {
			count++
		}
	}
	return count
}

// newAsker has two VPCs in two accounts, and a profile of each: eu and us.
func newAsker(t *testing.T) *asker {
	t.Helper()
	a := &asker{hub: newHub(t), cloud: awssim.New(awssim.Options{Seed: t.Name()})}
	url, err := a.cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if a.pair, err = scene.Canonical(t.Context(), scene.KeyPerAccount(url)); err != nil {
		t.Fatal(err)
	}
	file := a.write("aws", fmt.Sprintf("[default]\naws_access_key_id=%s\naws_secret_access_key=secret\n[eu]\naws_access_key_id=%[1]s\naws_secret_access_key=secret\n[us]\naws_access_key_id=%s\naws_secret_access_key=secret\n",
		scene.RequesterAccount, scene.AccepterAccount))
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_SHARED_CREDENTIALS_FILE": file, "AWS_CONFIG_FILE": file, "AWS_CA_BUNDLE": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
		if value == "" {
			_ = os.Unsetenv(name) // t.Setenv puts back what it was
		}
	}
	a.cloud.ClearJournal()
	a.written = a.auditedWrites()
	return a
}

func (a *asker) write(name, content string) string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// files are two identities and a VPCPeering of the two VPCs.
func (a *asker) files() string {
	side := func(identity string, network *scene.Network) string {
		return fmt.Sprintf("{identityRef: {name: %s}, region: %s, vpcID: %s, routes: {tables: Selected, routeTableIDs: [%s]}, securityGroups: {groups: Selected, securityGroupIDs: [%s]}}",
			identity, network.Region, network.VPCID, strings.Join(network.Tables, ", "), network.Groups[scene.PodGroup])
	}
	identity := func(name, account string) string {
		return fmt.Sprintf("apiVersion: networking.crossvpc.io/v1alpha1\nkind: AWSIdentity\nmetadata: {name: %s}\nspec: {roleARN: 'arn:aws:iam::%s:role/crossvpc', allowedNamespaces: {names: [dry]}}\n", name, account)
	}
	return strings.Join([]string{
		identity("eu", scene.RequesterAccount), identity("us", scene.AccepterAccount),
		"apiVersion: networking.crossvpc.io/v1alpha1\nkind: VPCPeering\nmetadata: {name: eu-us, namespace: dry}\nspec:\n" +
			"  requester: " + side("eu", a.pair.Requester) + "\n  accepter: " + side("us", a.pair.Accepter) + "\n",
	}, "---\n")
}

// wantsOnlyReads looks at all that AWS was asked, and at the hub's audit log since the given line.
func (a *asker) wantsOnlyReads() {
	a.t.Helper()
	calls := a.cloud.Journal(awssim.Query{})
	if len(calls) == 0 {
		a.t.Error("AWS was not asked at all")
	}
	for _, call := range calls {
		if !slices.ContainsFunc([]string{"Describe", "Get"}, func(read string) bool { return strings.HasPrefix(call.Action, read) }) {
			a.t.Errorf("AWS was asked to %s", call.Action)
		}
	}
	if written := a.auditedWrites() - a.written; written > 0 {
		a.t.Errorf("the hub was written to %d times", written)
	}
}

// kubeconfigWith is that of the hub with one more context.
func (a *asker) kubeconfigWith(name, server string) string {
	a.t.Helper()
	config, err := clientcmd.LoadFromFile(a.cluster.KubeconfigPath())
	if err != nil {
		a.t.Fatal(err)
	}
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, InsecureSkipTLSVerify: true}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: config.Contexts[config.CurrentContext].AuthInfo}
	path := filepath.Join(a.t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		a.t.Fatal(err)
	}
	return path
}

var withProfiles = []string{"--aws-profile", "eu=eu", "--aws-profile", "us=us"}

func TestAFileIsPlannedForWithTheAskersOwnCredentialsAndNothingIsWritten(t *testing.T) {
	a := newAsker(t)
	file := a.write("all.yaml", a.files())
	args := append([]string{"plan", "-f", file}, withProfiles...)
	a.expect(ExitGood, []string{
		"+ Request a peering connection from requester " + a.pair.Requester.VPCID,
		"+ Route 10.14.0.0/16 in " + a.pair.Requester.Tables[2] + " (requester) to the connection.",
		"+ Let " + a.pair.Accepter.Groups[scene.PodGroup] + " (accepter) admit", "to add, ", "Applying the file carries out whatever is needed then.",
	}, args...)
	a.wantsOnlyReads()
	var shown plansOfFiles
	if err := json.Unmarshal([]byte(a.expect(ExitGood, nil, append(args, "-o", "json")...)), &shown); err != nil || len(shown.Plans) != 1 {
		t.Fatalf("%v: %+v", err, shown)
	}
	hash := shown.Plans[0].Hash
	approving := a.write("approved.yaml", strings.Replace(a.files(), "spec:\n  requester", "spec:\n  mode: Plan\n  approvedPlan: "+hash+"\n  requester", 1))
	a.expect(ExitGood, []string{"The file approves exactly this plan"}, append([]string{"plan", "-f", approving}, withProfiles...)...)
	other := a.write("other.yaml", strings.Replace(a.files(), "spec:\n  requester", "spec:\n  mode: Plan\n  approvedPlan: p0\n  requester", 1))
	a.expect(ExitGood, []string{"The file approves plan p0, which is another one"}, append([]string{"plan", "-f", other}, withProfiles...)...)
}

func TestWhatKeepsAFileFromBeingPlannedForIsNamed(t *testing.T) {
	a := newAsker(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	unreachable := "---\napiVersion: networking.crossvpc.io/v1alpha1\nkind: PeeredCluster\nmetadata: {name: away}\nspec: {access: {kubeConfigSecretRef: {name: away}}, region: eu-west-1, vpcID: " +
		a.pair.Requester.VPCID + ", identityRef: {name: eu}, allowedNamespaces: {names: [dry]}}\n"
	named := strings.Replace(a.files(), "requester: {identityRef", "requester: {clusterRefs: [{name: away}], identityRef", 1)
	config := a.kubeconfigWith("away", "https://"+listener.Addr().String())
	for name, test := range map[string]struct {
		file string
		args []string
		code int
		says []string
	}{
		"an unknown field":                 {strings.Replace(a.files(), "  requester:", "  requestor: {}\n  requester:", 1), withProfiles, ExitUnknown, []string{"document 3 (VPCPeering eu-us): spec.requestor: There is no such field."}},
		"no VPCPeering":                    {strings.Split(a.files(), "---\n")[0], withProfiles, ExitUnknown, []string{"there is no VPCPeering in"}},
		"credentials of another account":   {a.files(), []string{"--aws-profile", "eu=eu"}, ExitUnknown, []string{"? Your AWS credentials for AWSIdentity us are of account " + scene.RequesterAccount, "--aws-profile us=PROFILE"}},
		"a profile that is not there":      {a.files(), []string{"--aws-profile", "eu=none"}, ExitUnknown, []string{"none"}},
		"an identity that is not there":    {strings.Split(a.files(), "---\n")[2], withProfiles, ExitNotGood, []string{"! The requester acts through AWSIdentity eu, which does not exist."}},
		"a namespace that is not admitted": {strings.ReplaceAll(a.files(), "[dry]", "[other]"), withProfiles, ExitNotGood, []string{"! AWSIdentity eu does not admit namespace dry."}},
		"a cluster that does not answer":   {named + unreachable, append([]string{"--kubeconfig", config, "--cluster-context", "away=away"}, withProfiles...), ExitUnknown, []string{"? PeeredCluster away cannot be read, so its nodes are not planned for:"}},
		"a context that is not there":      {named + unreachable, append([]string{"--cluster-context", "away=none"}, withProfiles...), ExitUnknown, []string{`no context "none"`}},
		"no context for a cluster":         {named + unreachable, withProfiles, ExitUnknown, []string{"--cluster-context away=CONTEXT"}},
		"a cluster that is not there":      {named, withProfiles, ExitNotGood, []string{"! spec.requester.clusterRefs: There is no PeeredCluster away."}},
		"a pair without equals sign":       {a.files(), []string{"--cluster-context", "away"}, ExitUnknown, []string{`--cluster-context "away" is not NAME=VALUE`}},
		"a name beside the file":           {a.files(), []string{"eu-us"}, ExitUnknown, []string{"give the NAME of one VPCPeering, or files with -f"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := *a
			a.hub = &hub{t: t, cluster: a.cluster, kube: a.kube}
			a.expect(test.code, test.says, append([]string{"plan", "-f", a.write("all.yaml", test.file)}, test.args...)...)
		})
	}
}

// TestAPlanInTheClusterShowsNodesThatOnlyTheAskerCanRead: with --nodes what is in the way of them is part of the plan.
func TestAPlanInTheClusterShowsNodesThatOnlyTheAskerCanRead(t *testing.T) {
	a := newAsker(t)
	a.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "nodes"}})
	objects := strings.NewReplacer("namespace: dry", "namespace: nodes", "[dry]", "[nodes]", "{name: eu}", "{name: nodes-eu}", "{name: us}", "{name: nodes-us}",
		"spec:\n  requester", "spec:\n  mode: Plan\n  requester").Replace(a.files())
	file := a.write("all.yaml", objects)
	a.kubectl("apply", "-f", file)
	t.Cleanup(func() {
		_, _ = a.cluster.Kubectl(context.WithoutCancel(t.Context()), "delete", "-f", file, "--wait=false")
	})
	peering := &v1alpha1.VPCPeering{}
	key := client.ObjectKey{Namespace: "nodes", Name: "eu-us"}
	if err := a.kube.Get(t.Context(), key, peering); err != nil {
		t.Fatal(err)
	}
	peering.Status = v1alpha1.VPCPeeringStatus{ObservedGeneration: peering.Generation, Conditions: ready(metav1.ConditionFalse, "Planned."), Plan: &v1alpha1.Plan{Hash: "pold", Actions: []string{"Request a peering connection."}}}
	if err := a.kube.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	args := []string{"plan", "eu-us", "-n", "nodes", "--nodes", "--aws-profile", "nodes-eu=eu"}
	a.expect(ExitGood, []string{"No cluster shows nodes to renew yet", "--nodes"}, "plan", "eu-us", "-n", "nodes")
	a.expect(ExitGood, []string{"Plan pold", "no node is renewed", "makes another plan", "the operator planned before that"}, append(args, "--aws-profile", "nodes-us=us")...)
	a.expect(ExitUnknown, []string{"Plan pold", "? Your AWS credentials for AWSIdentity nodes-us are of account " + scene.RequesterAccount}, args...)
}

func TestWithoutTheRightToReadItTheActionIsNamed(t *testing.T) {
	a := newAsker(t)
	a.cloud.Deny("arn:aws:iam::"+scene.AccepterAccount+":user/awssim", "ec2:DescribeRouteTables")
	file := a.write("all.yaml", a.files())
	a.expect(ExitUnknown, []string{"ec2:DescribeRouteTables"}, append([]string{"plan", "-f", file}, withProfiles...)...)
}

// TestAPlanIsApprovedAsItWasShown: one that changes between being shown and being approved is not.
func TestAPlanIsApprovedAsItWasShown(t *testing.T) {
	h := newHub(t)
	planned := peeringNamed("approve", "planned", metav1.ConditionFalse, "Planned.")
	planned.Spec.Mode = v1alpha1.ModePlan
	planned.Status.Plan = &v1alpha1.Plan{Hash: "pabc", Actions: []string{"Route 10.0.0.0/16 in rtb-1 (requester) to the connection."}}
	h.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "approve"}}, planned)
	key := client.ObjectKeyFromObject(planned)
	approved := func() string {
		now := &v1alpha1.VPCPeering{}
		if err := h.kube.Get(t.Context(), key, now); err != nil {
			t.Fatal(err)
		}
		return now.Spec.ApprovedPlan
	}
	h.expect(ExitNotGood, []string{"+ Route 10.0.0.0/16", "Carry out plan pabc", "Not approved. Nothing is changed."}, "plan", "planned", "-n", "approve", "--approve") // stdin is empty
	if got := approved(); got != "" {
		t.Errorf("approved: %q", got)
	}
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	err := (&session{streams: streams}).approvePlan(t.Context(), h.kube, key, view.Plan{Hash: "pold"}, true)
	if !errors.Is(err, errNotGood) || !strings.Contains(errOut.String(), "changed while you read it") || approved() != "" {
		t.Errorf("%v: %s; approved: %q", err, errOut, approved())
	}
	h.expect(ExitGood, []string{"vpcpeering/planned approved: plan pabc"}, "plan", "planned", "-n", "approve", "--approve", "--yes")
	if got := approved(); got != "pabc" {
		t.Errorf("approved: %q", got)
	}
}
