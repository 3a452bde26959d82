package v1alpha1

// Reasons of ConnectivityVerified and PathClear.
const (
	// ReasonVerified says that pods of both sides were seen reaching each other.
	//
	// Cause: The last run of probe pods passed, both ways.
	//
	// Cure: None is needed.
	ReasonVerified = "Verified"
	// ReasonProbing says that probe pods are running.
	//
	// Cause: A run is under way; it takes a minute or two.
	//
	// Cure: Wait.
	ReasonProbing = "Probing"
	// ReasonProbeFailed says that a probe did not get through.
	//
	// Cause: Something drops or changes the packets; status.verification.results says where the evidence points.
	//
	// Cure: Follow the result's message; docs/verification.md explains each finding.
	ReasonProbeFailed = "ProbeFailed"
	// ReasonProbeNotRun says that the probe pods could not be run.
	//
	// Cause: The namespace, its rules, the image or the nodes do not let the probe pods run.
	//
	// Cure: status.verification.findings says which; change that.
	ReasonProbeNotRun = "ProbeNotRun"
	// ReasonPathClear says that nothing on the path blocks traffic.
	//
	// Cause: Routes, groups and network ACLs let pods of both sides reach each other.
	//
	// Cure: None is needed.
	ReasonPathClear = "Clear"
	// ReasonPathObstructed says that something on the path blocks traffic; status.path lists it.
	//
	// Cause: Mostly a network ACL or a route that crossvpc does not own.
	//
	// Cure: Change what status.path.findings names, or ask its owner to.
	ReasonPathObstructed = "Obstructed"
	// ReasonPathUnread says that nothing was found that blocks traffic, but not everything could be read.
	//
	// Cause: The identity may not read something on the path.
	//
	// Cure: Add the permission that the message names.
	ReasonPathUnread = "NotReadable"
)

// Reasons of findings on the path, in status.path.findings.
const (
	// FindingConnectionNotActive says that the connection does not carry traffic.
	//
	// Cause: The connection is requested, failed or deleted.
	//
	// Cure: Read the condition PeeringActive.
	FindingConnectionNotActive = "ConnectionNotActive"
	// FindingRouteMissing says that the table of a pod subnet has no route to a block of the peer.
	//
	// Cause: The table is not among the selected ones.
	//
	// Cure: Select the table, or add the route.
	FindingRouteMissing = "RouteMissing"
	// FindingRouteElsewhere says that the route to a block of the peer, or to a part of it, leads to something else
	// than the connection.
	//
	// Cause: A more specific route, or another target for the same block.
	//
	// Cure: Remove that route, or exclude the block.
	FindingRouteElsewhere = "RouteElsewhere"
	// FindingRouteBlackhole says that the route to a block of the peer leads nowhere.
	//
	// Cause: The target of the route was deleted.
	//
	// Cure: Remove the route, or set conflictPolicy to ReplaceBlackhole.
	FindingRouteBlackhole = "RouteBlackhole"
	// FindingGroupDenies says that the groups of a pod interface do not let traffic through.
	//
	// Cause: No rule of these groups admits the peer's blocks.
	//
	// Cure: Add the group to the selection, or the rule to the group.
	FindingGroupDenies = "SecurityGroupDenies"
	// FindingACLDenies says that a network ACL drops connections to or from the peer.
	//
	// Cause: A rule of the subnet's network ACL denies the peer's block.
	//
	// Cure: Add a rule with a lower number that allows it.
	FindingACLDenies = "NetworkACLDenies"
	// FindingACLDeniesAnswers says that a network ACL lets connections through and drops their answers (ports
	// 1024-65535): it does not know which packets belong together.
	//
	// Cause: The ACL allows the port of the service, and not the ports that answers go to.
	//
	// Cure: Allow ports 1024-65535 to and from the peer's blocks.
	FindingACLDeniesAnswers = "NetworkACLDeniesAnswers"
	// FindingPathMTU says that the message "fragmentation needed" (ICMP type 3 code 4) is dropped, on a path that
	// carries less than the interfaces do.
	//
	// Cause: A group or an ACL does not allow this ICMP message.
	//
	// Cure: Allow ICMP type 3 code 4 from the peer's blocks.
	FindingPathMTU = "PathMTUDiscoveryBlocked"
)

// Reasons of findings of probe pods, in status.verification.findings and results.
const (
	// ProbeConnectTimeout says that no answer came: packets are dropped there or back.
	//
	// Cause: A route, a group, a network ACL, or Cilium's rules on the node.
	//
	// Cure: Read status.path.findings and the result's message.
	ProbeConnectTimeout = "ConnectTimeout"
	// ProbeRefused says that packets get there and back, and the connection was refused.
	//
	// Cause: A network policy that rejects, or the probe's server ended early.
	//
	// Cure: Read the result's message; run again.
	ProbeRefused = "ConnectionRefused"
	// ProbeUnreachable says that the node or a router reports that there is no route.
	//
	// Cause: The node or the subnet's table has no route to the peer.
	//
	// Cure: Read the condition RoutesReady.
	ProbeUnreachable = "Unreachable"
	// ProbeNoAnswer says that a connection was made, and even small packets got no answer.
	//
	// Cause: Answers take another way than requests, or are dropped.
	//
	// Cure: Read the result's message, which names the hop that the evidence points to.
	ProbeNoAnswer = "NoAnswer"
	// ProbeReset says that a connection was broken off.
	//
	// Cause: A firewall, or the end of the peer's pod.
	//
	// Cure: Read the result's message; run again.
	ProbeReset = "ConnectionReset"
	// ProbeWrongServer says that something else than the peer's probe pod answered.
	//
	// Cause: Two networks use the same address, or something intercepts connections.
	//
	// Cure: Find what answers at the address in the message.
	ProbeWrongServer = "WrongServer"
	// ProbeMasqueraded says that the peer saw another address than the pod's own.
	//
	// Cause: The value of Cilium on that node does not cover the peer, or the pod predates it.
	//
	// Cure: Read the conditions CiliumConfigured and NodesUpToDate of the PeeredCluster.
	ProbeMasqueraded = "SourceMasqueraded"
	// ProbePathMTU says that small packets pass and full-size ones are lost.
	//
	// Cause: The path carries smaller packets than the interfaces, and the message that says so is dropped.
	//
	// Cure: Allow ICMP type 3 code 4, or lower the MTU of Cilium.
	ProbePathMTU = "PathMTUBlackHole"
	// ProbeOneDirection says that one side reaches the other, but not the reverse.
	//
	// Cause: One side's groups, ACLs or rules differ from the other's.
	//
	// Cure: Read the failed results: they name the side.
	ProbeOneDirection = "OneDirectionOnly"
	// ProbeNetworkPolicy says that connections time out, and network policies select the probe pods.
	//
	// Cause: A NetworkPolicy or CiliumNetworkPolicy selects the probe pods.
	//
	// Cure: Admit the peer's blocks in that policy, or leave the probe pods out of it.
	ProbeNetworkPolicy = "NetworkPolicy"
	// ProbeAddressExcluded says that probe pods got addresses that the other side excludes, which prove nothing.
	//
	// Cause: The other side's excludeCIDRs contains the block that these pods live in.
	//
	// Cure: None is needed. To let the other side reach such pods, take the block out of excludeCIDRs.
	ProbeAddressExcluded = "AddressExcluded"
	// ProbePrimaryInterface says that no probe pod of a cluster had an address on a secondary interface, where the
	// routing problem shows: the run proves less.
	//
	// Cause: The nodes that the run had use their first interface only.
	//
	// Cure: None is needed; a node with more pods proves more.
	ProbePrimaryInterface = "PrimaryInterfaceOnly"
	// ProbeImage says that a node could not pull the image of the probe pods.
	//
	// Cause: The node has no access to the registry, or no credentials for it.
	//
	// Cure: Give --probe-image an image that all clusters can pull, or give the namespace a pull secret.
	ProbeImage = "ImageNotPullable"
	// ProbeNoImage says that the operator was not told which image to run.
	//
	// Cause: The manager does not run in a pod, or may not read its own.
	//
	// Cure: Start the manager with --probe-image.
	ProbeNoImage = "ImageNotConfigured"
	// ProbeNamespaceMissing says that the probe pods' namespace does not exist.
	//
	// Cause: config/cluster was not applied to that cluster.
	//
	// Cure: Apply config/cluster there.
	ProbeNamespaceMissing = "NamespaceMissing"
	// ProbePodSecurity says that the namespace's PodSecurity level refuses the probe pods.
	//
	// Cause: Probe pods need what config/cluster allows their namespace.
	//
	// Cure: Apply config/cluster again: it labels the namespace.
	ProbePodSecurity = "PodSecurityRefused"
	// ProbeAdmission says that an admission webhook or policy refuses the probe pods.
	//
	// Cause: A policy engine, such as Kyverno, does not admit the probe pods.
	//
	// Cure: Add an exception for their namespace; the message names the policy.
	ProbeAdmission = "AdmissionRefused"
	// ProbeQuota says that the namespace's quota has no room for the probe pods.
	//
	// Cause: A ResourceQuota of the namespace is used up.
	//
	// Cure: Raise it: a run has a few small pods.
	ProbeQuota = "QuotaExceeded"
	// ProbeNoNode says that no node takes the probe pods.
	//
	// Cause: Taints, or nodes that are full or not Ready.
	//
	// Cure: Read the events of the probe pods; make room on a node.
	ProbeNoNode = "NoSchedulableNode"
	// ProbeNotStarted says that a probe pod did not start in time.
	//
	// Cause: A slow pull, or a node with a problem.
	//
	// Cure: Read the pod's events; run again.
	ProbeNotStarted = "PodNotStarted"
	// ProbeNoReport says that a probe pod ended without a result.
	//
	// Cause: The pod was killed, or its node went away.
	//
	// Cure: Run again. If it happens again, read the pod's log.
	ProbeNoReport = "NoResult"
)
