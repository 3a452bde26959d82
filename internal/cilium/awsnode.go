package cilium

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// ExcludeSNATVariable is the variable of aws-node with the blocks that it does not
// masquerade to: a list, with commas.
const ExcludeSNATVariable = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"

// AWSNode is what Amazon's own CNI plugin does with pod traffic, from the
// environment of its DaemonSet.
type AWSNode struct {
	// ExternalSNAT: it masquerades nothing (AWS_VPC_K8S_CNI_EXTERNALSNAT).
	ExternalSNAT bool
	// ExcludeSNATCIDRs: to these it does not masquerade (AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS).
	ExcludeSNATCIDRs []netip.Prefix
	// Others hold that variable beside us; empty: it is not set, or ours alone.
	Others []string
	// Ours is what we wrote there; nil unless the variable is ours alone.
	Ours []netip.Prefix
	// Indirect: the variable comes from another object, where nothing can be added to it.
	Indirect bool
	// Parked: it runs on no node, as installs of Cilium leave it.
	Parked bool
	// Rolling: not every pod of the DaemonSet runs what it says.
	Rolling bool
	// OnDelete: nobody renews its pods but whoever deletes them.
	OnDelete bool
	// Old: there are pods of an older template. Its controller has seen the present one.
	Old bool
}

func observeAWSNode(daemonSet *appsv1.DaemonSet, owner Owner) *AWSNode {
	if daemonSet == nil {
		return nil
	}
	status := daemonSet.Status
	observed := status.ObservedGeneration >= daemonSet.Generation
	found := &AWSNode{
		Rolling:  rolling(daemonSet),
		OnDelete: daemonSet.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType,
		Old:      observed && status.UpdatedNumberScheduled < status.DesiredNumberScheduled,
		Parked:   status.ObservedGeneration > 0 && status.DesiredNumberScheduled == 0,
	}
	i := slices.IndexFunc(daemonSet.Spec.Template.Spec.Containers, func(c corev1.Container) bool { return c.Name == AWSNodeName })
	if i < 0 {
		return found
	}
	for _, variable := range daemonSet.Spec.Template.Spec.Containers[i].Env {
		switch variable.Name {
		case "AWS_VPC_K8S_CNI_EXTERNALSNAT":
			found.ExternalSNAT, _ = strconv.ParseBool(variable.Value) // as it does itself, false where it cannot (getBoolEnvVar)
		case ExcludeSNATVariable:
			found.ExcludeSNATCIDRs, found.Indirect = readable(strings.Split(variable.Value, ",")), variable.ValueFrom != nil
		}
	}
	holders := HoldersOf(daemonSet.ManagedFields, "f:spec", "f:template", "f:spec", "f:containers", `k:{"name":"`+AWSNodeName+`"}`,
		"f:env", `k:{"name":"`+ExcludeSNATVariable+`"}`)
	found.Others = owner.others(holders)
	if len(holders) == 0 && (found.Indirect || len(found.ExcludeSNATCIDRs) > 0) {
		found.Others = []string{somebody}
	}
	if owner.alone(holders) {
		found.Ours = found.ExcludeSNATCIDRs
	}
	return found
}

// rolling: the DaemonSet's own rolling update has not reached every node.
func rolling(daemonSet *appsv1.DaemonSet) bool {
	status := daemonSet.Status
	return status.ObservedGeneration < daemonSet.Generation || status.UpdatedNumberScheduled < status.DesiredNumberScheduled ||
		status.NumberReady < status.DesiredNumberScheduled
}

func readable(list []string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range list {
		if prefix, err := cidr.Parse(text); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// awsNodeRoutes answers where Amazon's plugin gives pods their rules, alone or
// with Cilium chained to it: Cilium's option then has no effect. When aws-node
// restarts it renews iptables and the rules of running pods
// (aws/amazon-vpc-cni-k8s#520), so no node needs to be renewed.
func awsNodeRoutes(in Input) *Decision {
	if !in.Facts.RoutedByAWSNode() {
		return nil
	}
	node := in.Facts.AWSNode
	if node == nil {
		return blocked(ReasonMissing, "Cilium is chained to aws-cni, but there is no DaemonSet kube-system/aws-node. Install it, or correct Cilium's cni.chainingMode or cni.chainingTarget.")
	}
	others := without(node.ExcludeSNATCIDRs, node.Ours)
	switch {
	case node.ExternalSNAT:
		return notRequired("aws-node masquerades nothing (AWS_VPC_K8S_CNI_EXTERNALSNAT), so pods keep their address everywhere.")
	case cidr.ContainsAll(others, in.peerBlocks()):
		return notRequired("aws-node excludes every peer from masquerading (" + ExcludeSNATVariable + ").")
	}
	list := extended(node.ExcludeSNATCIDRs, in.peerBlocks())
	for _, obstacle := range []func(Input, []netip.Prefix) *Decision{awsNodeStrategy, awsNodeHeld} {
		if answer := obstacle(in, list); answer != nil {
			answer.List = list
			return answer
		}
	}
	return &Decision{Kind: KindExcludeSNAT, Reason: ReasonConfigured, List: list, Message: node.message(list)}
}

func (n *AWSNode) message(list []netip.Prefix) string {
	renewed := "Its own rolling update renews the rules of running pods."
	if n.OnDelete {
		renewed = "A pod of aws-node renews the rules of running pods when it starts."
	}
	return "aws-node must exclude " + shortList(list) + " from masquerading (" + ExcludeSNATVariable + "). " + renewed
}

func awsNodeStrategy(in Input, list []netip.Prefix) *Decision {
	remedy := "Set " + setAWSNode(list)
	switch {
	case in.Policy.Strategy == StrategyIPMasqAgent || in.Policy.Strategy == StrategyNativeRoutingCIDR:
		return blocked(ReasonStrategyInsufficient, "Pods here are routed by aws-node, where spec.cilium.strategy "+string(in.Policy.Strategy)+" has no effect. Set it to Auto.")
	case in.Policy.Strategy == StrategyNone:
		return blocked(ReasonObserveOnly, "aws-node masquerades what pods send to peers, and spec.cilium.strategy is None. "+remedy+".")
	case in.Policy.WriteTo == WriteToManual:
		return blocked(ReasonManual, "aws-node masquerades what pods send to peers, and spec.cilium.writeTo is Manual. "+remedy+".")
	}
	return nil
}

func awsNodeHeld(in Input, list []netip.Prefix) *Decision {
	node := in.Facts.AWSNode
	switch {
	case in.RevertedBy != "":
		return reverted(in.RevertedBy, ExcludeSNATVariable+" of DaemonSet kube-system/aws-node", "Set "+setAWSNode(list))
	case node.Indirect:
		return blocked(ReasonManagedElsewhere, ExcludeSNATVariable+" of DaemonSet kube-system/aws-node comes from another object (valueFrom). Set "+setAWSNode(list)+".")
	case len(node.Others) > 0:
		return blocked(ReasonManagedElsewhere, whoSets(node.Others)+" "+ExcludeSNATVariable+" of DaemonSet kube-system/aws-node, and crossvpc does not overwrite it. Set "+setAWSNode(list)+" there.")
	}
	return nil
}

// setAWSNode is the value as a person would enter it.
func setAWSNode(list []netip.Prefix) string {
	return ExcludeSNATVariable + "=" + strings.Join(cidr.Strings(list), ",") + " (of DaemonSet aws-node, or env in the configuration of the EKS add-on vpc-cni)"
}
