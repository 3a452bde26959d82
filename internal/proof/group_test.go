package proof

import "testing"

func TestAGroupIsAnotherClustersOnlyIfAWSSaysSo(t *testing.T) {
	t.Parallel()
	nameless := Cluster{PeeredCluster: "eu", VPC: "vpc-eu"}
	owned := func(name string) map[string]string {
		return map[string]string{"kubernetes.io/cluster/" + name: "owned"}
	}
	for name, c := range map[string]struct {
		of    Cluster
		group Group
		want  bool
	}{
		"its own":                       {eu, Group{VPCs: []string{"vpc-eu"}, Tags: owned("eu")}, false},
		"without a tag":                 {eu, Group{VPCs: []string{"vpc-eu"}}, false},
		"with a subnet that is unknown": {eu, Group{VPCs: []string{"", "vpc-eu"}, Tags: owned("eu")}, false},
		"in another VPC":                {eu, Group{VPCs: []string{"vpc-victim"}, Tags: owned("eu")}, true},
		"of another name":               {eu, Group{VPCs: []string{"vpc-eu"}, Tags: owned("victim")}, true},
		"nameless, of any name":         {nameless, Group{VPCs: []string{"vpc-eu"}, Tags: owned("victim")}, false},
		"nameless, in another VPC":      {nameless, Group{VPCs: []string{"vpc-victim"}}, true},
	} {
		if got := c.of.Contradicts(c.group); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
