package policies

import (
	"encoding/json"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/policy/utils"
	testpolicy "github.com/cilium/cilium/pkg/testutils/policy"
	"github.com/cilium/cilium/pkg/u8proto"
	"sigs.k8s.io/yaml"
)

type policyCase struct {
	Name string
	// Refused: Cilium takes no such policy, and goes on without it.
	Refused  bool
	Want     string
	Policies []string
}

// fewest is how many cases there are to compare; a filter that lets none through would pass.
const fewest = 42

// cases are those of internal/plugin/policies. What only agents know is left out, and what is no policy of Cilium's.
func cases(t *testing.T) []policyCase {
	t.Helper()
	content, err := os.ReadFile("../../../internal/plugin/policies/testdata/egress.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all, chosen []policyCase
	if err := yaml.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Want != "Unsettled" && !strings.Contains(strings.Join(one.Policies, ""), "kind: NetworkPolicy") {
			chosen = append(chosen, one)
		}
	}
	if len(chosen) < fewest {
		t.Fatalf("%d cases, want at least %d: what is not asked is not compared", len(chosen), fewest)
	}
	return chosen
}

// cart is the pod, as Cilium knows it.
func cart() *identity.Identity {
	return identity.NewIdentity(1001, labels.LabelArray{
		labels.NewLabel("app", "cart", labels.LabelSourceK8s),
		labels.NewLabel("io.kubernetes.pod.namespace", "shop", labels.LabelSourceK8s),
		labels.NewLabel("io.cilium.k8s.policy.cluster", "eu", labels.LabelSourceK8s),
		labels.NewLabel("io.cilium.k8s.namespace.labels.team", "blue", labels.LabelSourceK8s),
	}.Labels())
}

// address is a peer's pod: no identity but that of its address, of the blocks around it, and of the CIDR group that has it.
func address(number identity.NumericIdentity, text string) *identity.Identity {
	all := labels.GetCIDRLabels(netip.PrefixFrom(netip.MustParseAddr(text), 32))
	all.MergeLabels(labels.LabelArray{ // as pkg/policy/k8s/cilium_cidr_group.go gives them
		api.LabelForCIDRGroupRef("crossvpc-network.eu-us"),
		labels.EncodedCIDRGroupLabel("networking.crossvpc.io/peering-name", "eu-us", labels.LabelSourceCIDRGroup),
	}.Labels())
	return identity.NewIdentity(number, all)
}

// parsed are the rules of policies, read by Cilium.
func parsed(t *testing.T, texts []string, refused bool) types.PolicyEntries {
	t.Helper()
	var rules api.Rules
	for _, text := range texts {
		object := ciliumv2.CiliumNetworkPolicy{}
		content, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &object); err != nil {
			t.Fatal(err)
		}
		object.Namespace, object.Name = "shop", "only"
		found, err := object.Parse(slog.New(slog.DiscardHandler), "eu")
		if refused != (err != nil) {
			t.Errorf("%s\nis expected to be refused: %t, and Cilium says: %v", text, refused, err)
		}
		if err != nil {
			continue
		}
		rules = append(rules, found...)
	}
	return utils.RulesToPolicyEntries(rules)
}

func TestCiliumLetsThroughWhatIsCalledAdmittedAndNothingElse(t *testing.T) {
	option.Config.EnableICMPRules, option.Config.EnableNonDefaultDenyPolicies, option.Config.EnableIPv4 = true, true, true
	api.InitEntities("eu")
	peers := []*identity.Identity{address(identity.IdentityScopeLocal+1, "10.12.3.4"), address(identity.IdentityScopeLocal+2, "10.12.200.1")}
	for _, test := range cases(t) {
		admitted := true
		for _, peer := range peers {
			admitted = admitted && through(t, parsed(t, test.Policies, test.Refused), peer)
		}
		if want := test.Want == "Open" || test.Want == "Admitted"; admitted != want {
			t.Errorf("%s: Cilium lets it through: %t, and it is called %s", test.Name, admitted, test.Want)
		}
	}
}

// through asks Cilium's engine about a connection to port 80.
func through(t *testing.T, entries types.PolicyEntries, peer *identity.Identity) bool {
	t.Helper()
	log, from := slog.New(slog.DiscardHandler), cart()
	manager := identitymanager.NewIDManager(log)
	known := identity.IdentityMap{from.ID: from.LabelArray, peer.ID: peer.LabelArray}
	repo := policy.NewPolicyRepository(log, known, nil, nil, manager, testpolicy.NewPolicyMetricsNoop())
	repo.GetSubjectSelectorCache().UpdateIdentities(known, nil, &sync.WaitGroup{})
	repo.MustAddPolicyEntries(entries)
	verdict, _, _, err := policy.LookupFlow(log, repo, manager, types.Flow{From: from, To: peer, Proto: u8proto.TCP, Dport: 80})
	if err != nil {
		t.Fatal(err)
	}
	return verdict.Egress == types.DecisionAllowed
}
