package dryrun

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// empty is a hub in which nothing was ever applied.
type empty struct{ client.Client }

func (empty) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: "anything"}, key.Name)
}

func (empty) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }

// asker has two VPCs in two accounts, and a profile of each: eu and us.
type asker struct {
	t     *testing.T
	cloud *awssim.Cloud
	pair  *scene.Pair
}

func newAsker(t *testing.T) *asker {
	t.Helper()
	a := &asker{t: t, cloud: awssim.New(awssim.Options{Seed: t.Name()})}
	url, err := a.cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if a.pair, err = scene.Canonical(t.Context(), scene.KeyPerAccount(url)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "aws")
	const profile = "[%s]\naws_access_key_id=%s\naws_secret_access_key=secret\n"
	content := fmt.Sprintf(profile+profile, "profile eu", scene.RequesterAccount, "profile us", scene.AccepterAccount)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"), "AWS_CA_BUNDLE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
		if value == "" {
			_ = os.Unsetenv(name) // t.Setenv puts back what it was
		}
	}
	a.cloud.ClearJournal()
	return a
}

// objects are two identities and a VPCPeering; changes are pairs of texts in its file.
func (a *asker) objects(changes ...string) manifest.Objects {
	a.t.Helper()
	side := func(identity string, network *scene.Network) string {
		return fmt.Sprintf("{identityRef: {name: %s}, region: %s, vpcID: %s, routes: {tables: Selected, routeTableIDs: [%s]}, securityGroups: {groups: Selected, securityGroupIDs: [%s]}}",
			identity, network.Region, network.VPCID, strings.Join(network.Tables, ", "), network.Groups[scene.PodGroup])
	}
	identity := func(name, account string) string {
		return fmt.Sprintf("apiVersion: networking.crossvpc.io/v1alpha1\nkind: AWSIdentity\nmetadata: {name: %s}\nspec: {roleARN: 'arn:aws:iam::%s:role/crossvpc', allowedNamespaces: {names: [dry]}}\n---\n", name, account)
	}
	file := identity("eu", scene.RequesterAccount) + identity("us", scene.AccepterAccount) +
		"apiVersion: networking.crossvpc.io/v1alpha1\nkind: VPCPeering\nmetadata: {name: eu-us, namespace: dry}\nspec:\n" +
		"  requester: " + side("eu", a.pair.Requester) + "\n  accepter: " + side("us", a.pair.Accepter) + "\n"
	file = strings.NewReplacer(changes...).Replace(file)
	objects, problems, err := manifest.Parse([]manifest.File{{Name: "all.yaml", Content: []byte(file)}}, "dry")
	if err != nil || len(problems) > 0 {
		a.t.Fatalf("%v: %v", err, problems)
	}
	return objects
}

// plan plans with both profiles.
func (a *asker) plan(objects manifest.Objects) view.Plan {
	a.t.Helper()
	return a.planIn(empty{}, map[string]string{"eu": "eu", "us": "us"}, objects)
}

func (a *asker) planIn(hub client.Client, profiles map[string]string, objects manifest.Objects) view.Plan {
	a.t.Helper()
	plans, err := Plans(a.t.Context(), Options{
		Hub: hub, Kubeconfig: *clientcmdapi.NewConfig(), Profiles: profiles, Installation: "test",
	}, objects)
	if err != nil || len(plans) != 1 {
		a.t.Fatalf("%v: %+v", err, plans)
	}
	for _, call := range a.cloud.Journal(awssim.Query{}) {
		if !slices.ContainsFunc([]string{"Describe", "Get"}, func(read string) bool { return strings.HasPrefix(call.Action, read) }) {
			a.t.Errorf("AWS was asked to %s", call.Action)
		}
	}
	return plans[0]
}

func says(lines []string, part string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, part) })
}

func TestAFileIsPlannedForWithTheAskersOwnCredentials(t *testing.T) {
	a := newAsker(t)
	plan := a.plan(a.objects())
	if len(plan.Findings)+len(plan.Unread) > 0 {
		t.Errorf("findings %v, unread %v", plan.Findings, plan.Unread)
	}
	for _, part := range []string{
		"Request a peering connection from requester " + a.pair.Requester.VPCID, "Route 10.14.0.0/16 in " + a.pair.Requester.Tables[2] + " (requester)",
		"Let " + a.pair.Accepter.Groups[scene.PodGroup] + " (accepter) admit",
	} {
		if !says(plan.Actions, part) {
			t.Errorf("no action says %q:\n%s", part, strings.Join(plan.Actions, "\n"))
		}
	}
	approved := a.plan(a.objects("spec:\n  requester", "spec:\n  mode: Plan\n  approvedPlan: "+plan.Hash+"\n  requester"))
	if approved.Hash != plan.Hash || !strings.Contains(approved.Next, "approves exactly this plan") {
		t.Errorf("hash %s, then %s: %s", plan.Hash, approved.Hash, approved.Next)
	}
	if other := a.plan(a.objects("[dry]}}\n---", "[dry]}}\n---", "vpcID: "+a.pair.Accepter.VPCID, "dnsResolution: Disabled, vpcID: "+a.pair.Accepter.VPCID)); other.Hash != plan.Hash {
		t.Errorf("a default that is spelt out makes another plan: %s, before %s", other.Hash, plan.Hash)
	}
}

func TestWhatIsInTheWayIsNoPlanThatIsWhole(t *testing.T) {
	for name, test := range map[string]struct {
		changes         []string
		deny            string
		finding, unread string
	}{
		"an identity that does not admit the namespace": {[]string{"[dry]", "[other]"}, "", "AWSIdentity eu does not admit namespace dry.", ""},
		"an identity that is not there":                 {[]string{"metadata: {name: eu}", "metadata: {name: other}"}, "", "The requester acts through AWSIdentity eu, which does not exist.", ""},
		"credentials of another account":                {[]string{"arn:aws:iam::" + scene.AccepterAccount, "arn:aws:iam::444444444444"}, "", "", "--aws-profile us=PROFILE"},
		"no right to read":                              {nil, "ec2:DescribeRouteTables", "", "ec2:DescribeRouteTables"},
		"no context for a cluster": {[]string{"requester: {identityRef", "requester: {clusterRefs: [{name: away}], identityRef",
			"[dry]}}\n---\napiVersion: networking.crossvpc.io/v1alpha1\nkind: VPCPeering", "[dry]}}\n---\napiVersion: networking.crossvpc.io/v1alpha1\nkind: PeeredCluster\n" +
				"metadata: {name: away}\nspec: {access: {kubeConfigSecretRef: {name: away}}, allowedNamespaces: {names: [dry]}}\n---\napiVersion: networking.crossvpc.io/v1alpha1\nkind: VPCPeering"}, "", "", "--cluster-context away=CONTEXT"},
		"a cluster that is not there": {[]string{"requester: {identityRef", "requester: {clusterRefs: [{name: away}], identityRef"}, "", "There is no PeeredCluster away.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsker(t)
			if test.deny != "" {
				a.cloud.Deny("arn:aws:iam::"+scene.AccepterAccount+":user/awssim", test.deny)
			}
			plan := a.plan(a.objects(test.changes...))
			if (test.finding != "") != (len(plan.Findings) > 0) || test.finding != "" && !says(plan.Findings, test.finding) {
				t.Errorf("findings %v, want %q", plan.Findings, test.finding)
			}
			if (test.unread != "") != (len(plan.Unread) > 0) || test.unread != "" && !says(plan.Unread, test.unread) {
				t.Errorf("unread %v, want %q", plan.Unread, test.unread)
			}
		})
	}
}
