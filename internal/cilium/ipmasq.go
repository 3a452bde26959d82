package cilium

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// builtInNonMasquerade is what the ip-masq-agent takes when its file is missing
// or empty (pkg/ipmasq/ipmasq.go).
var builtInNonMasquerade = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
}

// IPMasqConfigMapName is the ConfigMap that is mounted as the ip-masq-agent's file.
const IPMasqConfigMapName = "ip-masq-agent"

// IPMasqKey is its key.
const IPMasqKey = "config"

// AnnotationNonMasquerade on that ConfigMap says which of its blocks are ours:
// those of others stay when ours go. Its value is an [IPMasqMark] as JSON.
const AnnotationNonMasquerade = "networking.crossvpc.io/non-masquerade"

// IPMasqMark is what we remember on the ConfigMap.
type IPMasqMark struct {
	Installation string `json:"installation"`
	// UID is the PeeredCluster's that wrote. Another one of the installation comes after it, as after a restore.
	UID string `json:"uid"`
	// CIDRs are the blocks that we added.
	CIDRs []netip.Prefix `json:"cidrs"`
	// Since is when the list had its last block added; pods that are older have no rule for it.
	Since time.Time `json:"since"`
	// Created: the key was not there before us.
	Created bool `json:"created,omitempty"`
}

// IPMasq is the list of the ip-masq-agent.
type IPMasq struct {
	CIDRs []netip.Prefix
	// Mark is ours; nil if there is none, or if it is another installation's.
	Mark *IPMasqMark
	// Malformed: the agent can't read the list, and neither can we.
	Malformed bool
	// Missing: there is no ConfigMap, and the agent has the list it was built with.
	Missing bool
}

// Others are the blocks that are not ours.
func (l IPMasq) Others() []netip.Prefix {
	if l.Mark == nil {
		return l.CIDRs
	}
	return without(l.CIDRs, l.Mark.CIDRs)
}

// Lost are blocks of ours that somebody took out.
func (l IPMasq) Lost() []netip.Prefix {
	if l.Mark == nil {
		return nil
	}
	return without(l.Mark.CIDRs, l.CIDRs)
}

func (o Owner) readIPMasq(data, annotations map[string]string) IPMasq {
	list := IPMasq{Missing: data == nil}
	list.CIDRs, list.Malformed = ipMasqCIDRs(data)
	var mark IPMasqMark
	if json.Unmarshal([]byte(annotations[AnnotationNonMasquerade]), &mark) == nil && mark.Installation == o.InstallationID {
		list.Mark = &mark
	}
	return list
}

// ipMasqCIDRs reads the ConfigMap of the ip-masq-agent as the agent reads the
// file that it is mounted as. What cannot be read counts as nothing: more must
// not be claimed than is known.
func ipMasqCIDRs(data map[string]string) (prefixes []netip.Prefix, malformed bool) {
	list := builtInNonMasquerade
	if text := data[IPMasqKey]; text != "" {
		var config struct {
			NonMasqueradeCIDRs []string `json:"nonMasqueradeCIDRs"`
		}
		if yaml.Unmarshal([]byte(text), &config) != nil {
			return nil, true
		}
		list = config.NonMasqueradeCIDRs
	}
	prefixes, err := cidr.ParseAll(list)
	return prefixes, err != nil
}

// WithNonMasquerade is the text of the ip-masq-agent's configuration with another
// list; its other settings stay.
func WithNonMasquerade(text string, list []netip.Prefix) (string, error) {
	config := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return "", fmt.Errorf("reading the ip-masq-agent's configuration: %w", err)
	}
	config["nonMasqueradeCIDRs"] = cidr.Strings(list)
	written, err := yaml.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("writing the ip-masq-agent's configuration: %w", err)
	}
	return string(written), nil
}

// ipMasqAgent answers where the policy asks for its list. The list is exact, and it
// has a price: all agents read it within some 90 s, so pods that are there lose
// masquerading to the blocks on all nodes at once, and those on secondary
// interfaces have no rule for them until they are recreated
// (docs/facts/cilium.md#ip-masq-agent).
func ipMasqAgent(in Input) *Decision {
	if in.Policy.Strategy != StrategyIPMasqAgent {
		return nil
	}
	if missing := in.Facts.missingForIPMasq(); len(missing) > 0 {
		return blocked(ReasonStrategyInsufficient, fmt.Sprintf(
			"Strategy IPMasqAgent needs %s. Change that, or set spec.cilium.strategy to NativeRoutingCIDR or Auto.", strings.Join(missing, ", and ")))
	}
	list := extended(in.Facts.IPMasq.CIDRs, slices.Concat([]netip.Prefix{in.VPC.Primary}, in.vpcBlocks(), in.peerBlocks()))
	answer := &Decision{Kind: KindIPMasqAgent, Reason: ReasonConfigured, Message: fmt.Sprintf(
		"The ip-masq-agent's list must contain %s. All nodes read it at once: older pods on secondary interfaces lose masquerading to these blocks and have no rule for them until they are recreated.",
		shortList(in.peerBlocks()))}
	remedy := fmt.Sprintf("Set nonMasqueradeCIDRs of ConfigMap %s to %s (Helm: ipMasqAgent.config.nonMasqueradeCIDRs)", IPMasqConfigMapName, cidr.Join(list))
	switch {
	case in.RevertedBy != "":
		answer = reverted(in.RevertedBy, "ConfigMap/"+IPMasqConfigMapName, remedy)
	case in.Policy.WriteTo == WriteToManual:
		answer = blocked(ReasonManual, "The ip-masq-agent's list does not contain every peer, and spec.cilium.writeTo is Manual. "+remedy+", then recreate the pods.")
	}
	answer.List = list
	return answer
}

// missingForIPMasq lists, in words, what keeps the list from being of use.
func (f Facts) missingForIPMasq() []string {
	var missing []string
	if !f.Traits.IPMasqCIDRsInRules {
		missing = append(missing, fmt.Sprintf("Cilium 1.19 or later (this cluster has %s, where the list turns masquerading off but adds no rules)", f.oldest()))
	}
	if slices.ContainsFunc(f.Nodes, func(n NodeFacts) bool { return n.Masquerade == MasqueradeIPTables }) {
		missing = append(missing, "masquerading by BPF (Helm: bpf.masquerade=true)")
	}
	if !f.IPMasqAgent {
		missing = append(missing, "the ip-masq-agent (Helm: ipMasqAgent.enabled=true)")
	}
	if f.IPMasqAgent && f.IPMasq.Missing {
		missing = append(missing, "ConfigMap "+IPMasqConfigMapName+" (Helm: a list in ipMasqAgent.config.nonMasqueradeCIDRs)")
	}
	if f.IPMasq.Malformed {
		missing = append(missing, "a readable list in ConfigMap "+IPMasqConfigMapName)
	}
	return missing
}

func (f Facts) oldest() Version {
	return slices.MinFunc(f.Agents, Version.Compare)
}

// vpcBlocks are the VPC's IPv4 blocks.
func (in Input) vpcBlocks() []netip.Prefix {
	v4, _ := cidr.SplitFamilies(in.VPC.Blocks)
	return v4
}
