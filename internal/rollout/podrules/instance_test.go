package podrules

import "testing"

func TestOnlyEC2ProviderIDsNameAnInstance(t *testing.T) {
	for id, want := range map[string]string{
		"aws:///eu-west-1a/i-0123456789abcdef0":               "i-0123456789abcdef0",
		"aws:///us-west-2-lax-1a/i-01234567":                  "i-01234567",
		"aws:///eu-west-1a/fargate-ip-10-0-0-1.eu.compute":    "",
		"aws:///eu-west-1a/i-0123456789abcdef0/../i-1":        "",
		"gce://project/zone/i-0123456789abcdef0":              "",
		"eks-hybrid:///eu-west-1/cluster/i-0123456789abcdef0": "",
		"aws:///eu-west-1a/i-0123456789ABCDEF0":               "",
		"kwok://node-1":                                       "",
		"":                                                    "",
		"x aws:///eu-west-1a/i-0123456789abcdef0":             "",
	} {
		if got, ok := InstanceID(id); got != want || ok != (want != "") {
			t.Errorf("InstanceID(%q) = %q, %t, want %q", id, got, ok, want)
		}
	}
}
