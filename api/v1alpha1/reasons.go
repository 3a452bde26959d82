package v1alpha1

// Reasons of conditions. They are API: dashboards and alerts match on them.
const (
	// ReasonReady says that every step that applies is True.
	ReasonReady = "Ready"
	// ReasonNotRequired says that the step does not apply here: there is no cluster
	// on the side, the option is off, or Cilium needs nothing.
	ReasonNotRequired = "NotRequired"
	// ReasonNotVisited says that the step waits for an earlier one.
	ReasonNotVisited = "NotVisited"
	// ReasonProgressing says that work is under way.
	ReasonProgressing = "Progressing"
	// ReasonPaused says that spec.paused is true.
	ReasonPaused = "Paused"
	// ReasonPlanned says that mode is Plan: nothing was changed.
	ReasonPlanned = "Planned"
	// ReasonDeleting says that the object is being torn down.
	ReasonDeleting = "Deleting"
	// ReasonNotYetSupported says that the spec asks for something that a later
	// release brings. Nothing was done about it.
	ReasonNotYetSupported = "NotYetSupported"
	// ReasonAWSError says that AWS answered with an error that is tried again. With
	// Stalled it has lasted longer than such an error does, or a person has to mend
	// what it names.
	ReasonAWSError = "AWSError"
)

// Reasons of IdentitiesReady, and of an AWSIdentity's Ready.
const (
	// ReasonIdentityNotFound says that no AWSIdentity of that name exists.
	ReasonIdentityNotFound = "IdentityNotFound"
	// ReasonClusterNotFound says that no PeeredCluster of that name exists.
	ReasonClusterNotFound = "ClusterNotFound"
	// ReasonNamespaceNotAllowed says that allowedNamespaces does not admit this namespace.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonVPCNotAllowed says that the identity's allowedVPCIDs does not list the VPC.
	ReasonVPCNotAllowed = "VPCNotAllowed"
	// ReasonAssumeRoleFailed says that the role could not be assumed.
	ReasonAssumeRoleFailed = "AssumeRoleFailed"
	// ReasonWrongAccount says that the credentials belong to another account than stated.
	ReasonWrongAccount = "WrongAccount"
	// ReasonNoCredentials says that no AWS credentials were found.
	ReasonNoCredentials = "NoCredentials"
	// ReasonVPCNotFound says that the VPC does not exist in that region and account.
	ReasonVPCNotFound = "VPCNotFound"
	// ReasonClusterNotResolved says that a cluster's region or VPC is not known yet.
	ReasonClusterNotResolved = "ClusterNotResolved"
	// ReasonSideMismatch says that the clusters of a side, or the cluster and the
	// spec, live in different VPCs.
	ReasonSideMismatch = "SideMismatch"
	// ReasonResolvedSideChanged says that a side resolves to another account,
	// region or VPC than it is pinned to.
	ReasonResolvedSideChanged = "ResolvedSideChanged"
	// ReasonInUse says that deletion waits for the users that are named.
	ReasonInUse = "InUse"
)

// Reasons of PreflightPassed.
const (
	// ReasonChecksPassed says that nothing stands in the way.
	ReasonChecksPassed = "ChecksPassed"
	// ReasonOverlappingCIDRs says that a block of one VPC overlaps one of the other.
	ReasonOverlappingCIDRs = "OverlappingCIDRs"
	// ReasonSamePair says that another VPCPeering holds this pair of VPCs.
	ReasonSamePair = "PairTaken"
	// ReasonSelfPeering says that both sides resolve to one VPC.
	ReasonSelfPeering = "SelfPeering"
	// ReasonDNSAttributes says that a VPC lacks DNS support or DNS host names.
	ReasonDNSAttributes = "DNSAttributes"
	// ReasonSelection says that a selected table or group does not exist, is of
	// another VPC, or is a gateway's table, or that more are selected than status
	// can record.
	ReasonSelection = "InvalidSelection"
)

// Reasons of PeeringActive.
const (
	// ReasonActive says that both sides see the connection active.
	ReasonActive = "Active"
	// ReasonForeignPeering says that somebody else made a live peering of this pair.
	ReasonForeignPeering = "ForeignPeering"
	// ReasonPeeringFailed says that AWS declared the connection failed.
	ReasonPeeringFailed = "PeeringFailed"
	// ReasonPeeringRejected says that somebody rejected the request.
	ReasonPeeringRejected = "PeeringRejected"
	// ReasonUnexpectedPeering says that the connection is not between the expected
	// VPCs, accounts and regions; it was not accepted.
	ReasonUnexpectedPeering = "UnexpectedPeering"
	// ReasonAccepterCannotSee says that the accepter's account does not see the
	// request, minutes after it was made.
	ReasonAccepterCannotSee = "AccepterCannotSeeRequest"
)

// Reasons of SecurityGroupsReady, RoutesReady and DNSReady.
const (
	// ReasonInPlace says that everything was seen in place.
	ReasonInPlace = "InPlace"
	// ReasonMissing says that something is missing which somebody else is to make.
	ReasonMissing = "Missing"
	// ReasonRouteConflict says that another route to the same block is in the way.
	ReasonRouteConflict = "RouteConflict"
	// ReasonQuotaReached says that an AWS quota is used up.
	ReasonQuotaReached = "QuotaReached"
	// ReasonPermissionDenied says that AWS denied the actions that are named.
	ReasonPermissionDenied = "PermissionDenied"
	// ReasonFighting says that something else keeps removing what we make.
	ReasonFighting = "FightingAnotherController"
	// ReasonNothingSelected says that Auto found no table or group.
	ReasonNothingSelected = "NothingSelected"
	// ReasonForeignRoutes says that routes of others lead to the connection and hold its deletion.
	ReasonForeignRoutes = "ForeignRoutes"
	// ReasonCleanupBlocked says that something could not be removed.
	ReasonCleanupBlocked = "CleanupBlocked"
	// ReasonRefused says that AWS refused a request as invalid.
	ReasonRefused = "Refused"
)

// Reasons of Reachable.
const (
	// ReasonReachable says that the API server answers.
	ReasonReachable = "Reachable"
	// ReasonClusterUnreachable says that the API server does not answer.
	ReasonClusterUnreachable = "ClusterUnreachable"
	// ReasonInvalidKubeConfig says that the kubeconfig is missing, broken or not acceptable.
	ReasonInvalidKubeConfig = "InvalidKubeConfig"
	// ReasonEKSClusterNotFound says that the account has no EKS cluster of that name in that region.
	ReasonEKSClusterNotFound = "EKSClusterNotFound"
	// ReasonAccessEntryMissing says that the EKS cluster does not know the identity: it needs an access entry.
	ReasonAccessEntryMissing = "AccessEntryMissing"
	// ReasonTokenRefused says that the EKS cluster refuses the identity's token for another reason; the message says which.
	ReasonTokenRefused = "TokenRefused"
	// ReasonDuplicateCluster says that another PeeredCluster is this cluster already.
	ReasonDuplicateCluster = "DuplicateCluster"
	// ReasonClusterChanged says that the access leads to another cluster than before.
	ReasonClusterChanged = "ClusterChanged"
	// ReasonSeveralVPCs says that the cluster's nodes live in several VPCs.
	ReasonSeveralVPCs = "SeveralVPCs"
	// ReasonForbidden says that the cluster denies a permission that is needed.
	ReasonForbidden = "Forbidden"
)

// Reasons of CiliumConfigured.
const (
	// ReasonConfigured says that the value covers every peer.
	ReasonConfigured = "Configured"
	// ReasonSettling says that the set of peerings changed a moment ago.
	ReasonSettling = "Settling"
	// ReasonCanaryRunning says that one node tries the value.
	ReasonCanaryRunning = "CanaryRunning"
	// ReasonCanaryFailed says that the canary's agent failed and the value was taken back.
	ReasonCanaryFailed = "CanaryFailed"
	// ReasonCollateralRoutes says that other address space would lose masquerading.
	ReasonCollateralRoutes = "CollateralRoutes"
	// ReasonNoSafeCIDR says that no single block covers everything safely.
	ReasonNoSafeCIDR = "NoSafeCIDR"
	// ReasonPodAddressesNotRoutable says that pod addresses are not the VPC's (overlay).
	ReasonPodAddressesNotRoutable = "PodAddressesNotRoutable"
	// ReasonManagedElsewhere says that another writer sets the value, and wins.
	ReasonManagedElsewhere = "ManagedElsewhere"
	// ReasonOverridesBlocked says that the install does not read CiliumNodeConfigs for this key.
	ReasonOverridesBlocked = "OverridesBlocked"
	// ReasonCiliumNotFound says that no Cilium install was found.
	ReasonCiliumNotFound = "CiliumNotFound"
	// ReasonObserveOnly says that the value does not cover a peer, and that the
	// policy forbids writing it.
	ReasonObserveOnly = "ObserveOnly"
	// ReasonManual says that a person has to set the value; the message says which.
	ReasonManual = "ManualChangeNeeded"
	// ReasonReverted says that something else took back what crossvpc wrote.
	ReasonReverted = "RevertedByAnother"
	// ReasonWaitingForCluster says that the PeeredCluster has not got there yet.
	ReasonWaitingForCluster = "WaitingForCluster"
)

// Reasons of NodesUpToDate.
const (
	// ReasonUpToDate says that every node carries the value.
	ReasonUpToDate = "UpToDate"
	// ReasonNodesStale says that nodes are stale and the strategy is OnDelete.
	ReasonNodesStale = "NodesStale"
	// ReasonBlocked says that nodes can't be renewed; they are named.
	ReasonBlocked = "Blocked"
	// ReasonProgressDeadlineExceeded says that a replacement did not come.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonEvidenceLost says that it can't be told what the nodes run with: agents
	// are older than what is known. Replace such a node, or drain it, delete its
	// agent's pod and uncordon it.
	ReasonEvidenceLost = "EvidenceLost"
	// ReasonAwaitingApproval says that approval is Manual and this revision is not approved.
	ReasonAwaitingApproval = "AwaitingApproval"
	// ReasonOutsideWindow says that spec.rollout.window is closed.
	ReasonOutsideWindow = "OutsideWindow"
	// ReasonInvalidWindow says that spec.rollout.window can't be understood, or never opens.
	ReasonInvalidWindow = "InvalidWindow"
	// ReasonCiliumUpgrading says that Cilium itself is being rolled out by somebody.
	ReasonCiliumUpgrading = "CiliumUpgrading"
	// ReasonRolloutsStopped says that all rollouts of this installation are stopped.
	ReasonRolloutsStopped = "RolloutsStopped"
	// ReasonStrategyInsufficient says that the strategy asked for would leave pods
	// without a way out.
	ReasonStrategyInsufficient = "StrategyInsufficient"
)

// Reasons of ConnectivityVerified and PathClear.
const (
	// ReasonVerified says that pods of both sides were seen reaching each other.
	ReasonVerified = "Verified"
	// ReasonProbing says that probe pods are running.
	ReasonProbing = "Probing"
	// ReasonProbeFailed says that a probe did not get through; its result says where
	// the evidence points.
	ReasonProbeFailed = "ProbeFailed"
	// ReasonProbeNotRun says that the probe pods could not be run.
	ReasonProbeNotRun = "ProbeNotRun"
	// ReasonPathClear says that nothing on the path was found in the way.
	ReasonPathClear = "Clear"
	// ReasonPathObstructed says that something on the path stands in the way; status.path lists it.
	ReasonPathObstructed = "Obstructed"
	// ReasonPathUnread says that nothing was found in the way, but that not all could be read.
	ReasonPathUnread = "NotReadable"
)

// Reasons of findings on the path, in status.path.findings.
const (
	// FindingConnectionNotActive says that the connection does not carry traffic.
	FindingConnectionNotActive = "ConnectionNotActive"
	// FindingRouteMissing says that the table of a pod subnet has no route to a block of the peer.
	FindingRouteMissing = "RouteMissing"
	// FindingRouteElsewhere says that the route to a block of the peer, or to a part
	// of it, leads to something else than the connection.
	FindingRouteElsewhere = "RouteElsewhere"
	// FindingRouteBlackhole says that the route to a block of the peer leads nowhere.
	FindingRouteBlackhole = "RouteBlackhole"
	// FindingGroupDenies says that the groups of a pod interface do not let traffic through.
	FindingGroupDenies = "SecurityGroupDenies"
	// FindingACLDenies says that a network ACL drops connections to or from the peer.
	FindingACLDenies = "NetworkACLDenies"
	// FindingACLDeniesAnswers says that a network ACL, which knows no connections,
	// lets them through and drops what is answered (ports 1024-65535).
	FindingACLDeniesAnswers = "NetworkACLDeniesAnswers"
	// FindingPathMTU says that the message "fragmentation needed" (ICMP type 3 code 4)
	// is dropped, on a path that carries less than the interfaces do.
	FindingPathMTU = "PathMTUDiscoveryBlocked"
)

// Reasons of findings of probe pods, in status.verification.findings and results.
const (
	// ProbeConnectTimeout says that no answer came: packets are dropped there or back.
	ProbeConnectTimeout = "ConnectTimeout"
	// ProbeRefused says that packets get there and back, and that the connection was refused.
	ProbeRefused = "ConnectionRefused"
	// ProbeUnreachable says that the node, or a router, says that there is no way.
	ProbeUnreachable = "Unreachable"
	// ProbeNoAnswer says that a connection stood and even small packets got no answer.
	ProbeNoAnswer = "NoAnswer"
	// ProbeReset says that a connection was broken off.
	ProbeReset = "ConnectionReset"
	// ProbeWrongServer says that something else than the peer's probe pod answered.
	ProbeWrongServer = "WrongServer"
	// ProbeMasqueraded says that the peer saw another address than the pod's own.
	ProbeMasqueraded = "SourceMasqueraded"
	// ProbePathMTU says that small packets pass and full-size ones are lost.
	ProbePathMTU = "PathMTUBlackHole"
	// ProbeOneDirection says that one side reaches the other, and not the other way.
	ProbeOneDirection = "OneDirectionOnly"
	// ProbeNetworkPolicy says that connections time out and that the probe pods'
	// namespace has network policies that select them.
	ProbeNetworkPolicy = "NetworkPolicy"
	// ProbePrimaryInterface says that no probe pod of a cluster had an address on a
	// secondary interface, where the routing problem shows: the run proves less.
	ProbePrimaryInterface = "PrimaryInterfaceOnly"
	// ProbeImage says that a node could not pull the image of the probe pods.
	ProbeImage = "ImageNotPullable"
	// ProbeNoImage says that the operator was not told which image to run.
	ProbeNoImage = "ImageNotConfigured"
	// ProbeNamespaceMissing says that the probe pods' namespace does not exist.
	ProbeNamespaceMissing = "NamespaceMissing"
	// ProbePodSecurity says that the namespace's PodSecurity level refuses the probe pods.
	ProbePodSecurity = "PodSecurityRefused"
	// ProbeAdmission says that an admission webhook or policy refuses the probe pods.
	ProbeAdmission = "AdmissionRefused"
	// ProbeQuota says that the namespace's quota has no room for the probe pods.
	ProbeQuota = "QuotaExceeded"
	// ProbeNoNode says that no node takes the probe pods.
	ProbeNoNode = "NoSchedulableNode"
	// ProbeNotStarted says that a probe pod did not come to run in time.
	ProbeNotStarted = "PodNotStarted"
	// ProbeNoReport says that a probe pod ended without a result.
	ProbeNoReport = "NoResult"
)
