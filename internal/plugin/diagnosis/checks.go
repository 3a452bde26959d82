package diagnosis

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// Check is one hop. Codes are stable: scripts and pages refer to them. A new check gets a new code.
type Check struct {
	Code string
	// Hop is where on the way it is.
	Hop string
	// Asks is the question that it answers.
	Asks string
	// Cure is what helps where the answer is no.
	Cure string
	// Look answers it.
	Look func(Evidence) result
}

// Checks are all, in the order of the way: what the others rest on, then the way there, then the way back.
func Checks() []Check {
	return []Check{
		{"XV-M01", "Peering", "Does a VPCPeering join the two ends?", "Create a VPCPeering between their VPCs, or name other ends.", joined},
		{"XV-M02", "Destination", "Is the address in a block of the peer's VPC?", "Name an address of the peer's VPC, or peer the VPC that has it.", addressed},
		{"XV-M03", "Manager", "Does a manager act, so that status is of now?", "Look at crossvpc's pods: kubectl get pods --namespace crossvpc-system.", alive},
		{"XV-M04", "Status", "Has the manager seen this spec?", "Wait for it, or look at its log.", current},
		{"XV-M05", "Intent", "Is the peering to be carried out?", "Set spec.paused to false; approve the plan that is shown now (kubectl crossvpc plan NAME --approve), or set spec.mode to Apply.", intended},
		{"XV-I01", "Identities", "Do both AWS identities work?", "Follow the message of the condition IdentitiesReady.", condition(v1alpha1.ConditionIdentitiesReady)},
		{"XV-E01", "Encryption", "Do encryption controls of the VPCs let the peering be?", "Enable the exclusion of peering for the VPC's encryption control (aws ec2 modify-vpc-encryption-control --vpc-peering-exclusion enable).", encrypted},
		{"XV-S04", "Services", "Is the destination no address of the source cluster's Services?", "Re-address one of them, or name a host outside of the Services' range.", outsideServices},
		{"XV-H02", "Resolver", "Do the VPCs resolve names, where that is asked for?", "Turn on enableDnsSupport and enableDnsHostnames of the VPC, or set dnsResolution to Disabled.", preflight(v1alpha1.ReasonDNSAttributes)},
		{"XV-I02", "Preflight", "Can the two VPCs be peered at all?", "Follow the message of the condition PreflightPassed.", condition(v1alpha1.ConditionPreflightPassed)},
		{"XV-K01", "Source pod", "Does the source run, with an address of the pod network?", "Name a pod that runs and is not on its node's network.", podRuns(source)},
		{"XV-K02", "Source's policies", "Does a NetworkPolicy let the pod open connections to the peer?", "Add an egress rule with an ipBlock of the peer: a podSelector matches no pod of another cluster.", admittedBy(policies.KindKubernetes, policies.Egress)},
		{"XV-K07", "Source's Cilium policies", "Do CiliumNetworkPolicies let the pod open connections to the peer?", "Add toCIDR or toCIDRSet with the peer's blocks (crossvpc keeps a CiliumCIDRGroup of them), or take them out of egressDeny.", admittedBy(policies.KindCilium, policies.Egress)},
		{"XV-K08", "Source's clusterwide policies", "Do CiliumClusterwideNetworkPolicies let the pod open connections to the peer?", "Add toCIDR or toCIDRSet with the peer's blocks, or take them out of egressDeny.", admittedBy(policies.KindClusterwide, policies.Egress)},
		{"XV-K05", "Source's ports", "Do the policies let the pod open connections to that port (--port)?", "Add the port to the egress rule that admits the peer.", onPort(policies.Egress)},
		{"XV-K12", "Source's administrators", "Is the pod subject to no AdminNetworkPolicy or ClusterNetworkPolicy?", "Read the policy yourself: this program does not judge them.", administrated(policies.Egress)},
		{"XV-K13", "Source's packets", "Does no rule look into the packets (HTTP, DNS, server names)?", "Read the rule yourself: this program does not judge what it asks of a request.", lookedInto(policies.Egress)},
		{"XV-K11", "Egress gateway", "Do the pod's packets leave by its own node, with its own address?", "Add the peer's blocks to excludedCIDRs of the CiliumEgressGatewayPolicy.", diverted},
		{"XV-S01", "Source cluster", "Can crossvpc read the source's cluster?", "Follow the message of its condition Reachable.", there(reachable)},
		{"XV-S05", "Source's agent", "Does Cilium's agent run on the pod's node?", "Find out why the agent does not run there: kubectl describe pod of it, or the taints of the node.", there(agent)},
		{"XV-S02", "Source's value", "Do its agents leave packets to the peer alone?", "Follow the message of its condition CiliumConfigured.", there(configured)},
		{"XV-S03", "Source's nodes", "Does the node have the value, and its pods with it?", "Let the rollout finish, or unblock the node that it names.", there(renewed)},
		{"XV-L01", "Connection", "Is the connection active?", "Follow the message of the condition PeeringActive.", active},
		{"XV-R01", "Route there or back", "Does each table have a route to the peer?", "Add the route, or let crossvpc do so with routes.tables: Auto.", finding(v1alpha1.FindingRouteMissing)},
		{"XV-R02", "Longest prefix", "Does no closer route lead elsewhere?", "Remove that route, or leave the block out with excludeCIDRs.", finding(v1alpha1.FindingRouteElsewhere)},
		{"XV-R03", "Blackhole", "Is the route's target alive?", "Recreate the route.", finding(v1alpha1.FindingRouteBlackhole)},
		{"XV-R04", "Routes", "Are crossvpc's routes in place?", "Follow the message of the condition RoutesReady.", condition(v1alpha1.ConditionRoutesReady)},
		{"XV-G01", "Security groups", "Do the interfaces' groups let the packets out and in?", "Add the rule that the message names.", groups},
		{"XV-G02", "Group rules", "Are crossvpc's rules in place?", "Follow the message of the condition SecurityGroupsReady.", condition(v1alpha1.ConditionSecurityGroupsReady)},
		{"XV-F01", "Network ACL", "Do the subnets' network ACLs let connections through?", "Allow it in an entry with a lower number.", finding(v1alpha1.FindingACLDenies)},
		{"XV-F02", "Answers", "Do the network ACLs let answers through (ephemeral ports)?", "Allow ports 1024 to 65535 back.", finding(v1alpha1.FindingACLDeniesAnswers)},
		{"XV-U01", "Path MTU", "Does the message of path MTU discovery get through?", "Admit ICMP type 3 code 4.", finding(v1alpha1.FindingPathMTU)},
		{"XV-B01", "Destination cluster", "Can crossvpc read the destination's cluster?", "Follow the message of its condition Reachable.", back(reachable)},
		{"XV-B04", "Destination's agent", "Does Cilium's agent run on the pod's node?", "Find out why the agent does not run there: kubectl describe pod of it, or the taints of the node.", back(agent)},
		{"XV-B02", "Destination's value", "Do its agents leave answers alone?", "Follow the message of its condition CiliumConfigured.", back(configured)},
		{"XV-B03", "Destination's nodes", "Does the node have the value, and its pods with it?", "Let the rollout finish, or unblock the node that it names.", back(renewed)},
		{"XV-K03", "Destination pod", "Does the destination run, with an address of the pod network?", "Name a pod that runs.", podRuns(destination)},
		{"XV-K04", "Destination's policies", "Does a NetworkPolicy let the peer in?", "Add an ingress rule with an ipBlock of the peer: a podSelector matches no pod of another cluster.", admittedBy(policies.KindKubernetes, policies.Ingress)},
		{"XV-K09", "Destination's Cilium policies", "Do CiliumNetworkPolicies let the peer in?", "Add fromCIDR or fromCIDRSet with the peer's blocks (crossvpc keeps a CiliumCIDRGroup of them), or take them out of ingressDeny.", admittedBy(policies.KindCilium, policies.Ingress)},
		{"XV-K10", "Destination's clusterwide policies", "Do CiliumClusterwideNetworkPolicies let the peer in?", "Add fromCIDR or fromCIDRSet with the peer's blocks, or take them out of ingressDeny.", admittedBy(policies.KindClusterwide, policies.Ingress)},
		{"XV-K06", "Destination's ports", "Do the policies let the peer in on that port (--port)?", "Add the port to the ingress rule that admits the peer; a port's name is that of the container.", onPort(policies.Ingress)},
		{"XV-K14", "Destination's administrators", "Is the pod subject to no AdminNetworkPolicy or ClusterNetworkPolicy?", "Read the policy yourself: this program does not judge them.", administrated(policies.Ingress)},
		{"XV-K15", "Destination's packets", "Does no rule look into the packets (HTTP, DNS, server names)?", "Read the rule yourself: this program does not judge what it asks of a request.", lookedInto(policies.Ingress)},
		{"XV-H01", "DNS", "Do names resolve to private addresses, where that is asked for?", "Follow the message of the condition DNSReady.", condition(v1alpha1.ConditionDNSReady)},
		{"XV-P01", "Whole path", "Could everything on the path be read?", "Grant the right that the message of PathClear names, or read the path with your own AWS credentials (--read-aws).", read},
		{"XV-V01", "Last probe", "Did the last packets between pods pass?", "Follow the probe's message; run it again with kubectl crossvpc verify.", probed},
	}
}
