package v1alpha1

// Reasons of Reachable.
const (
	// ReasonReachable says that the API server answers.
	//
	// Cause: The API server answered with the rights that crossvpc needs.
	//
	// Cure: None is needed.
	ReasonReachable = "Reachable"
	// ReasonClusterUnreachable says that the API server does not answer.
	//
	// Cause: The network, the endpoint or its firewall, or the API server itself.
	//
	// Cure: Check that the address in the message can be reached from the manager's pod. What runs in the cluster
	// stays as it is.
	ReasonClusterUnreachable = "ClusterUnreachable"
	// ReasonInvalidKubeConfig says that the kubeconfig is missing, broken or not acceptable.
	//
	// Cause: The Secret does not exist, is not a kubeconfig, or uses something that crossvpc refuses, such as a
	// command to run.
	//
	// Cure: Write the Secret again; the message says what is wrong.
	ReasonInvalidKubeConfig = "InvalidKubeConfig"
	// ReasonEKSClusterNotFound says that the account has no EKS cluster of that name in that region.
	//
	// Cause: The name, the region or the account of access.eks is wrong.
	//
	// Cure: Correct access.eks or identityRef; aws eks list-clusters shows the names.
	ReasonEKSClusterNotFound = "EKSClusterNotFound"
	// ReasonAccessEntryMissing says that the EKS cluster does not know the identity: it needs an access entry.
	//
	// Cause: The EKS cluster does not know the role of the identity.
	//
	// Cure: Create the access entry; the message has the command.
	ReasonAccessEntryMissing = "AccessEntryMissing"
	// ReasonTokenRefused says that the EKS cluster refuses the identity's token for another reason; the message says
	// which.
	//
	// Cause: The authenticator of the EKS cluster refuses the token.
	//
	// Cure: Do what the message says; check the authentication mode of the cluster.
	ReasonTokenRefused = "TokenRefused"
	// ReasonDuplicateCluster says that another PeeredCluster is this cluster already.
	//
	// Cause: Two PeeredClusters lead to one cluster, and two rollouts would disturb each other.
	//
	// Cure: Delete one of them.
	ReasonDuplicateCluster = "DuplicateCluster"
	// ReasonClusterChanged says that the access leads to another cluster than before.
	//
	// Cause: The kubeconfig or the name leads to a cluster with another UID of kube-system.
	//
	// Cure: Point the access back to the former cluster, or delete the PeeredCluster and create it again.
	ReasonClusterChanged = "ClusterChanged"
	// ReasonSeveralVPCs says that the cluster's nodes live in several VPCs.
	//
	// Cause: Nodes of the cluster are in more than one VPC or region.
	//
	// Cure: A PeeredCluster must be in one VPC: move the nodes, or peer the VPCs without naming the cluster.
	ReasonSeveralVPCs = "SeveralVPCs"
	// ReasonPlaceRequired says that access by kubeconfig needs the region and the VPC in the spec.
	//
	// Cause: spec.region or spec.vpcID is missing, and what the cluster says of its place proves nothing.
	//
	// Cure: Set both fields.
	ReasonPlaceRequired = "PlaceRequired"
	// ReasonConfirmed says that EC2 confirms the subnets and security groups of the cluster.
	//
	// Cause: Each interface that a CiliumNode reports is attached to an instance of the cluster, with that subnet and those groups.
	//
	// Cure: None is needed.
	ReasonConfirmed = "Confirmed"
	// ReasonContradicted says that a CiliumNode reports something that EC2, or the cluster's place, contradicts.
	//
	// Cause: The CiliumNode was edited, or is of a node that is not this cluster's.
	//
	// Cure: Look at the CiliumNode that the message names: who wrote it? Delete it if it is of no node.
	ReasonContradicted = "Contradicted"
	// ReasonForbidden says that the cluster denies a permission that is needed.
	//
	// Cause: The role in config/cluster is not bound to crossvpc's user in that cluster, or is older than this
	// release.
	//
	// Cure: Apply config/cluster there again.
	ReasonForbidden = "Forbidden"
)

// Reasons of CiliumConfigured.
const (
	// ReasonConfigured says that the value covers every peer.
	//
	// Cause: Cilium leaves traffic to all peers alone.
	//
	// Cure: None is needed.
	ReasonConfigured = "Configured"
	// ReasonSettling says that the set of peerings has just changed.
	//
	// Cause: Peerings came or went, and crossvpc waits for more, so that one rollout covers all of them.
	//
	// Cure: Wait for spec.rollout.settleSeconds.
	ReasonSettling = "Settling"
	// ReasonCanaryRunning says that one node tries the value.
	//
	// Cause: A new value is tried on one node first.
	//
	// Cure: Wait.
	ReasonCanaryRunning = "CanaryRunning"
	// ReasonCanaryFailed says that the canary's agent failed and the value was reverted.
	//
	// Cause: Cilium's agent did not become Ready with the value.
	//
	// Cure: Read the agent's log on the node that the message names, then change the annotation
	// networking.crossvpc.io/retry.
	ReasonCanaryFailed = "CanaryFailed"
	// ReasonCollateralRoutes says that other address space would lose masquerading.
	//
	// Cause: The smallest block that covers the peers also covers other address space, whose traffic would leave
	// without masquerading.
	//
	// Cure: If hosts there have a route back to the pods, add the space to spec.cilium.acknowledgedCIDRs.
	ReasonCollateralRoutes = "CollateralRoutes"
	// ReasonNoSafeCIDR says that no single block covers everything safely.
	//
	// Cause: The VPCs' blocks are too far apart for one block, or it would cover public addresses.
	//
	// Cure: Set spec.cilium.nativeRoutingCIDR, or use the strategy IPMasqAgent.
	ReasonNoSafeCIDR = "NoSafeCIDR"
	// ReasonPodAddressesNotRoutable says that pod addresses are not the VPC's (overlay).
	//
	// Cause: Cilium gives pods addresses of an overlay, which no route of a VPC leads to.
	//
	// Cure: Use IPAM eni and native routing, or peer VPCs without the cluster.
	ReasonPodAddressesNotRoutable = "PodAddressesNotRoutable"
	// ReasonManagedElsewhere says that another writer sets the value, and that crossvpc does not overwrite it. Of a
	// VPCPeering it says that a selected route table or security group carries the tags of ACK, whose controller
	// removes what it does not know.
	//
	// Cause: Another CiliumNodeConfig, Helm or a person sets the value, and Cilium takes theirs. Or ACK manages the
	// table or group.
	//
	// Cure: Ask the owner to set the value that the message names, or to remove theirs. For a table or group: select
	// another one, or set managedElsewhere to Acknowledge.
	ReasonManagedElsewhere = "ManagedElsewhere"
	// ReasonOverridesBlocked says that the install does not read CiliumNodeConfigs for this key.
	//
	// Cause: Cilium's agents take this key from no CiliumNodeConfig (Helm: daemon.configSources,
	// allowedConfigOverrides, blockedConfigOverrides).
	//
	// Cure: Allow the key, set spec.cilium.writeTo to ConfigMap, or set the value in Helm.
	ReasonOverridesBlocked = "OverridesBlocked"
	// ReasonNothingFound says that the cluster has no nodes and no Cilium, and that its VPC is not known.
	//
	// Cause: The access leads to a cluster that is empty, or to another one than was meant.
	//
	// Cure: Correct spec.access; wait until nodes join; or set spec.region and spec.vpcID.
	ReasonNothingFound = "NothingFound"
	// ReasonCiliumNotFound says that no Cilium install was found.
	//
	// Cause: There is no DaemonSet or ConfigMap of Cilium in spec.cilium.namespace.
	//
	// Cure: Correct the namespace, or set strategy to None where Cilium is not used.
	ReasonCiliumNotFound = "CiliumNotFound"
	// ReasonObserveOnly says that the value does not cover a peer and the policy forbids writing it.
	//
	// Cause: strategy is None, and the value in force leaves a peer out.
	//
	// Cure: Set the value that the message names, or let crossvpc write it with the strategy Auto.
	ReasonObserveOnly = "ObserveOnly"
	// ReasonManual says that a person has to set the value; the message says which.
	//
	// Cause: writeTo is Manual.
	//
	// Cure: Set the value that the message names, in Helm or wherever it comes from.
	ReasonManual = "ManualChangeNeeded"
	// ReasonDaemonSetOnDelete says that a person has to delete pods of a DaemonSet before what crossvpc wrote there reaches
	// every node.
	//
	// Cause: The updateStrategy of the DaemonSet that the message names is OnDelete.
	//
	// Cure: Delete its pods, node by node, or set its updateStrategy to RollingUpdate. A new pod takes on whatever else was
	// changed in the DaemonSet.
	ReasonDaemonSetOnDelete = "DaemonSetOnDelete"
	// ReasonReverted says that something else reverted what crossvpc wrote.
	//
	// Cause: Another tool, mostly Helm or Argo CD, reverted the value.
	//
	// Cure: Take the key out of that tool, or set the value there; the message names both.
	ReasonReverted = "RevertedByAnother"
	// ReasonWaitingForCluster says that the PeeredCluster has not reached this step yet.
	//
	// Cause: The PeeredCluster has another step to do first.
	//
	// Cure: Read the conditions of the PeeredCluster that the message names.
	ReasonWaitingForCluster = "WaitingForCluster"
)

// Reasons of NodesUpToDate.
const (
	// ReasonUpToDate says that every node carries the value.
	//
	// Cause: Agents and pods of all nodes are newer than the value.
	//
	// Cure: None is needed.
	ReasonUpToDate = "UpToDate"
	// ReasonNodesStale says that nodes are stale and the strategy is OnDelete.
	//
	// Cause: spec.rollout.strategy is OnDelete: nodes are left to whoever replaces them.
	//
	// Cure: Replace the nodes, or choose another strategy.
	ReasonNodesStale = "NodesStale"
	// ReasonBlocked says that the nodes that are named cannot be replaced.
	//
	// Cause: A PodDisruptionBudget allows nothing, a pod asks not to be disturbed, or nothing knows how to replace the
	// node.
	//
	// Cure: status.blockedNodes says what blocks each node. Change that, and the rollout continues.
	ReasonBlocked = "Blocked"
	// ReasonProgressDeadlineExceeded says that a replacement did not join in time, a renewed agent did not become Ready in
	// time, or a node that somebody else began to remove during its renewal is still there.
	//
	// Cause: The Auto Scaling group brought no new node within progressDeadlineSeconds, or the new agent has a problem, or
	// whoever removes the node has stopped.
	//
	// Cure: Read the activities of the group, or the log of the agent, that the message names, then change the annotation
	// networking.crossvpc.io/retry. A node that nobody removes: delete it, or end what keeps it.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonEvidenceLost says that crossvpc cannot determine which value the nodes run with.
	//
	// Cause: Agents are older than crossvpc's record of values, as after a move of the operator.
	//
	// Cure: Replace each node that the message names, or drain it, delete its agent's pod and uncordon it.
	ReasonEvidenceLost = "EvidenceLost"
	// ReasonAwaitingApproval says that a person has to approve what is to be done: a revision of a PeeredCluster whose
	// approval is Manual, or the plan of a VPCPeering whose spec changed after the plan it approves was carried out.
	//
	// Cause: spec.rollout.approval is Manual, and the value is new. Or the spec of a VPCPeering with approvedPlan changed.
	//
	// Cure: PeeredCluster: read status.rollout.preview, then set spec.rollout.approvedRevision to its revision. VPCPeering:
	// read status.plan, then set spec.approvedPlan to its hash.
	ReasonAwaitingApproval = "AwaitingApproval"
	// ReasonOutsideWindow says that spec.rollout.window is closed.
	//
	// Cause: Nodes are replaced only within spec.rollout.window.
	//
	// Cure: Wait for the window, or widen it.
	ReasonOutsideWindow = "OutsideWindow"
	// ReasonWaitingForTurn says that other clusters renew their nodes first.
	//
	// Cause: As many clusters renew nodes as --max-clusters-at-once allows, or a cluster in spec.rollout.after is not up to date.
	//
	// Cure: Wait. To begin earlier, raise that limit, pause the rollout of the cluster that the message names, or change
	// spec.rollout.after.
	ReasonWaitingForTurn = "WaitingForTurn"
	// ReasonInvalidOrder says that spec.rollout.after can never be followed.
	//
	// Cause: It names a PeeredCluster that does not exist, or clusters that wait for each other in a cycle.
	//
	// Cure: Correct spec.rollout.after of the cluster, or of another one that the message names.
	ReasonInvalidOrder = "InvalidOrder"
	// ReasonInvalidWindow says that spec.rollout.window cannot be read or never opens.
	//
	// Cause: A day, a time or the time zone is wrong, or start and end leave nothing.
	//
	// Cure: Correct spec.rollout.window.
	ReasonInvalidWindow = "InvalidWindow"
	// ReasonCiliumUpgrading says that somebody rolls out Cilium itself.
	//
	// Cause: The DaemonSet of Cilium is changing, and two rollouts at a time would be hard to judge.
	//
	// Cure: Wait until Cilium's own rollout is done, or finish it.
	ReasonCiliumUpgrading = "CiliumUpgrading"
	// ReasonCiliumNamespaceChanged says that spec.cilium.namespace was changed while something is set in the former.
	//
	// Cause: What crossvpc set is in the former namespace of Cilium, which still runs there.
	//
	// Cure: Set spec.cilium.namespace back, or remove the last VPCPeering first, so that it is withdrawn.
	ReasonCiliumNamespaceChanged = "CiliumNamespaceChanged"
	// ReasonCiliumUpgradePending says that a Cilium agent which restarts would also be updated.
	//
	// Cause: The DaemonSet of Cilium has updateStrategy OnDelete and another pod template than its agents were created from.
	//
	// Cure: Finish that update: delete the pods of the older agents, or set updateStrategy RollingUpdate; or revert the DaemonSet.
	ReasonCiliumUpgradePending = "CiliumUpgradePending"
	// ReasonRolloutsStopped says that all rollouts of this installation are stopped.
	//
	// Cause: The ConfigMap crossvpc-stop-rollouts exists in crossvpc's namespace.
	//
	// Cure: Delete that ConfigMap to continue.
	ReasonRolloutsStopped = "RolloutsStopped"
	// ReasonStrategyInsufficient says that the chosen strategy would leave pods without a working route.
	//
	// Cause: Pods keep the former rules until they are recreated, and the strategy does not recreate them.
	//
	// Cure: Choose the strategy that the message names, or Auto.
	ReasonStrategyInsufficient = "StrategyInsufficient"
)
