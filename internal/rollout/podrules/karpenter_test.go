package podrules

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const provider = "aws:///eu-west-1a/i-0123456789abcdef0"

func karpenterNode(pool string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{}}, Spec: corev1.NodeSpec{ProviderID: provider}}
	if pool != "" {
		node.Labels[NodePoolLabel] = pool
	}
	return node
}

func claimed(mark string) map[string]*NodeClaim {
	claim := &NodeClaim{}
	claim.Metadata.Name = "default-abc"
	if mark != "" {
		claim.Metadata.Annotations = map[string]string{NodePoolAnnotation: mark}
	}
	return map[string]*NodeClaim{provider: claim}
}

func TestANodeIsKarpentersWithALabelAClaimAndANodePool(t *testing.T) {
	t.Parallel()
	scaling, static, forcing := &NodePool{}, &NodePool{}, &NodePool{}
	static.Spec.Replicas = new(int64(3))
	if err := json.Unmarshal([]byte(`{"spec": {"template": {"spec": {"terminationGracePeriod": "1h"}}}}`), forcing); err != nil {
		t.Fatal(err)
	}
	pools := map[string]*NodePool{"default": scaling, "static": static, "forcing": forcing}
	forced := func(after string) map[string]*NodeClaim {
		claims := claimed("")
		claims[provider].Spec.TerminationGracePeriod = after
		return claims
	}
	for name, c := range map[string]struct {
		karpenter Karpenter
		pool      string
		want      Ownership
		says      string
		not       bool
	}{
		"by its NodePool":                  {karpenter: Karpenter{Pools: pools, Claims: claimed("r1")}, pool: "default", want: Ownership{NodePool: "default", Mark: "r1"}},
		"not without a label":              {karpenter: Karpenter{Pools: pools}, not: true},
		"no claim":                         {karpenter: Karpenter{Pools: pools}, pool: "default", says: "no NodeClaim"},
		"a claim without NodePool":         {karpenter: Karpenter{Pools: pools, Claims: claimed("")}, says: "default-abc belongs to no NodePool"},
		"a NodePool that is gone":          {karpenter: Karpenter{Pools: pools, Claims: claimed("")}, pool: "old", says: "NodePool old is gone"},
		"a static NodePool":                {karpenter: Karpenter{Pools: pools, Claims: claimed("")}, pool: "static", want: Ownership{NodePool: "static"}},
		"a NodeClaim that forces":          {karpenter: Karpenter{Pools: pools, Claims: forced("30m")}, pool: "default", want: Ownership{NodePool: "default", ForcedAfter: "30m"}},
		"one made before its NodePool did": {karpenter: Karpenter{Pools: pools, Claims: claimed("")}, pool: "forcing", want: Ownership{NodePool: "forcing"}},
		"one made before it did so later":  {karpenter: Karpenter{Pools: pools, Claims: forced("30m")}, pool: "forcing", want: Ownership{NodePool: "forcing", ForcedAfter: "30m"}},
		"rights of before":                 {karpenter: Karpenter{Denied: true}, pool: "default", says: "config/cluster/role.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.karpenter.OwnerOf(karpenterNode(c.pool))
			if (got == nil) != c.not {
				t.Fatalf("Karpenter's: %v", got)
			}
			if c.not {
				return
			}
			if !strings.Contains(got.Unmanaged, c.says) || c.says == "" && got.Unmanaged != "" {
				t.Errorf("reason %q, want %q in it", got.Unmanaged, c.says)
			}
			got.Unmanaged = ""
			if diff := cmp.Diff(c.want, *got); diff != "" {
				t.Errorf("ownership (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTwoNodeClaimsOfOneInstanceMakeItNobodys also where they spell its zone differently, so that the map of them has both.
func TestTwoNodeClaimsOfOneInstanceMakeItNobodys(t *testing.T) {
	t.Parallel()
	claim := func(name, providerID string) *NodeClaim {
		made := &NodeClaim{}
		made.Metadata.Name, made.Status.ProviderID = name, providerID
		return made
	}
	for name, other := range map[string]string{"the same": provider, "another zone": "aws:///eu-west-1b/i-0123456789abcdef0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := Karpenter{Pools: map[string]*NodePool{"default": {}}, Claims: map[string]*NodeClaim{}}
			k.Take(claim("real", provider))
			k.Take(claim("not-launched", ""))
			if got := k.OwnerOf(karpenterNode("default")); got.Unmanaged != "" {
				t.Fatalf("one NodeClaim: %s", got.Unmanaged)
			}
			k.Take(claim("forged", other))
			if got := k.OwnerOf(karpenterNode("default")); !strings.HasPrefix(got.Unmanaged, "NodeClaims forged, real all name instance i-0123456789abcdef0") {
				t.Errorf("two NodeClaims: %q", got.Unmanaged)
			}
		})
	}
}
