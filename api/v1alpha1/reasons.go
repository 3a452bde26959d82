package v1alpha1

// Reasons of conditions. They are API: dashboards and alerts match on them.
const (
	// ReasonReady says that every step that applies is True.
	//
	// Cause: Everything that the object needs was seen in place.
	//
	// Cure: None is needed.
	ReasonReady = "Ready"
	// ReasonNotRequired says that the step does not apply here: there is no cluster on the side, the option is off, or
	// Cilium needs nothing.
	//
	// Cause: The side has no cluster, the option is off, or Cilium does not masquerade.
	//
	// Cure: None is needed.
	ReasonNotRequired = "NotRequired"
	// ReasonNotVisited says that the step waits for an earlier one.
	//
	// Cause: An earlier step is not True yet.
	//
	// Cure: Read the first condition that is not True; this one follows it.
	ReasonNotVisited = "NotVisited"
	// ReasonProgressing says that work is under way.
	//
	// Cause: crossvpc, AWS or a cluster is at work.
	//
	// Cure: Wait. The message says what for; an alert follows if it takes too long.
	ReasonProgressing = "Progressing"
	// ReasonPaused says that spec.paused is true.
	//
	// Cause: Somebody set spec.paused.
	//
	// Cure: Set spec.paused to false to continue.
	ReasonPaused = "Paused"
	// ReasonPlanned says that mode is Plan: nothing was changed.
	//
	// Cause: The mode is Plan: status.plan lists what Apply would do.
	//
	// Cure: Read the plan, then set spec.mode to Apply.
	ReasonPlanned = "Planned"
	// ReasonDeleting says that the object is being torn down.
	//
	// Cause: Somebody deleted the object, and crossvpc removes what it made for it.
	//
	// Cure: Wait. If it does not end, the message names what blocks it.
	ReasonDeleting = "Deleting"
	// ReasonNotYetSupported says that the spec asks for something that a later release brings. Nothing was done about
	// it.
	//
	// Cause: The spec asks for something that this release cannot do.
	//
	// Cure: Remove the field that the message names, or upgrade.
	ReasonNotYetSupported = "NotYetSupported"
	// ReasonAWSError says that AWS answered with an error, and that crossvpc tries again. With Stalled it lasts longer than such
	// errors usually do, or a person has to act.
	//
	// Cause: AWS did not answer, throttled the request, or had an internal error.
	//
	// Cure: Wait: crossvpc tries again. If Stalled, do what the message says, and check the AWS Health Dashboard and the
	// network to AWS.
	ReasonAWSError = "AWSError"
)

// Reasons of IdentitiesReady, and of an AWSIdentity's Ready.
const (
	// ReasonIdentityNotFound says that no AWSIdentity of that name exists.
	//
	// Cause: The name in identityRef is wrong, or the AWSIdentity was deleted.
	//
	// Cure: Create the AWSIdentity, or name another one.
	ReasonIdentityNotFound = "IdentityNotFound"
	// ReasonClusterNotFound says that no PeeredCluster of that name exists.
	//
	// Cause: The name in clusterRefs is wrong, or the PeeredCluster was deleted.
	//
	// Cure: Create the PeeredCluster, or name another one.
	ReasonClusterNotFound = "ClusterNotFound"
	// ReasonBeingDeleted says that a side names an AWSIdentity or PeeredCluster that is being deleted. What used it before
	// continues to use it; nothing new starts to.
	//
	// Cause: The AWSIdentity or PeeredCluster was deleted, and waits for its former users.
	//
	// Cure: Name another one, or wait until it is gone and create it again.
	ReasonBeingDeleted = "BeingDeleted"
	// ReasonNamespaceNotAllowed says that allowedNamespaces does not admit this namespace.
	//
	// Cause: The owner of the AWSIdentity or PeeredCluster did not admit the namespace. By default none is admitted.
	//
	// Cure: Ask the owner to add the namespace to spec.allowedNamespaces.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonDeletionPolicyNotAllowed says that an AWSIdentity does not allow the deletionPolicy of a VPCPeering.
	//
	// Cause: The deletionPolicy is Orphan, and spec.deletionPolicies of an AWSIdentity lists only Delete.
	//
	// Cure: Set spec.deletionPolicy to Delete, or let the identity's owner add Orphan to its spec.deletionPolicies.
	ReasonDeletionPolicyNotAllowed = "DeletionPolicyNotAllowed"
	// ReasonProbeNamespaceNotAllowed says that spec.verification.namespace of a VPCPeering is not that of a PeeredCluster.
	//
	// Cause: The namespace for probe pods is the cluster's to say, and the VPCPeering names another one.
	//
	// Cure: Remove spec.verification.namespace from the VPCPeering, or set it in the PeeredCluster.
	ReasonProbeNamespaceNotAllowed = "ProbeNamespaceNotAllowed"
	// ReasonSecurityGroupNotAllowed says that an AWSIdentity does not let rules be added to a selected security group.
	//
	// Cause: The group does not carry all tags of the identity's spec.allowedSecurityGroupTags.
	//
	// Cure: Select other groups, or let the owner of the group and the identity tag it.
	ReasonSecurityGroupNotAllowed = "SecurityGroupNotAllowed"
	// ReasonRouteTableNotAllowed says that an AWSIdentity does not let routes be added to a selected route table.
	//
	// Cause: The table does not carry all tags of the identity's spec.allowedRouteTableTags.
	//
	// Cure: Select other tables, or let the owner of the table and the identity tag it.
	ReasonRouteTableNotAllowed = "RouteTableNotAllowed"
	// ReasonVPCNotAllowed says that the identity's allowedVPCIDs does not list the VPC.
	//
	// Cause: The AWSIdentity is limited to certain VPCs.
	//
	// Cure: Ask its owner to add the VPC to spec.allowedVPCIDs, or use another identity.
	ReasonVPCNotAllowed = "VPCNotAllowed"
	// ReasonAssumeRoleFailed says that the role could not be assumed.
	//
	// Cause: The role does not exist, or its trust policy does not admit the operator with the external id in status.
	//
	// Cure: Apply the trust policy that the message shows; config/iam has it, too.
	ReasonAssumeRoleFailed = "AssumeRoleFailed"
	// ReasonWrongAccount says that the credentials belong to another account than stated.
	//
	// Cause: spec.accountID names one account, and the credentials belong to another.
	//
	// Cure: Correct spec.roleARN, or create an AWSIdentity for the other account.
	ReasonWrongAccount = "WrongAccount"
	// ReasonNoCredentials says that no AWS credentials were found.
	//
	// Cause: The manager's pod has neither IRSA, nor Pod Identity, nor credentials in its environment.
	//
	// Cure: Give the operator's service account a role, then restart the manager.
	ReasonNoCredentials = "NoCredentials"
	// ReasonVPCNotFound says that the VPC does not exist in that region and account.
	//
	// Cause: The id, the region or the account is wrong, or the VPC was deleted.
	//
	// Cure: Correct vpcID, region or identityRef of the side.
	ReasonVPCNotFound = "VPCNotFound"
	// ReasonClusterNotResolved says that a cluster's region or VPC is not known yet.
	//
	// Cause: The PeeredCluster was not reached yet, or has no nodes to learn them from.
	//
	// Cure: Read the conditions of the PeeredCluster, or give region and vpcID.
	ReasonClusterNotResolved = "ClusterNotResolved"
	// ReasonSideMismatch says that the clusters of a side, or the cluster and the spec, live in different VPCs.
	//
	// Cause: A side is one VPC, and what it names is in several.
	//
	// Cure: Make one VPCPeering for each VPC, or correct the field that the message names.
	ReasonSideMismatch = "SideMismatch"
	// ReasonResolvedSideChanged says that a side resolves to another account, region or VPC than it is pinned to.
	//
	// Cause: The cluster, the identity or the spec leads elsewhere than when the peering was made.
	//
	// Cure: Undo the change, or delete the VPCPeering and create it again for the new VPC.
	ReasonResolvedSideChanged = "ResolvedSideChanged"
	// ReasonInUse says that deletion waits for the users that are named.
	//
	// Cause: Other objects still use this one.
	//
	// Cure: Delete the objects that the message names, or let them name another.
	ReasonInUse = "InUse"
)

// Reasons of PreflightPassed.
const (
	// ReasonChecksPassed says that nothing prevents the peering.
	//
	// Cause: What can be checked before the first write is in order.
	//
	// Cure: None is needed.
	ReasonChecksPassed = "ChecksPassed"
	// ReasonOverlappingCIDRs says that a block of one VPC overlaps one of the other.
	//
	// Cause: AWS peers no VPCs whose blocks overlap.
	//
	// Cure: Use another VPC, or re-address one of the two. AWS also refuses if only some blocks overlap.
	ReasonOverlappingCIDRs = "OverlappingCIDRs"
	// ReasonSamePair says that another VPCPeering holds this pair of VPCs.
	//
	// Cause: AWS allows one peering for each pair of VPCs.
	//
	// Cure: Delete one of the two VPCPeerings, or add the clusters to the one that is there.
	ReasonSamePair = "PairTaken"
	// ReasonSelfPeering says that both sides resolve to one VPC.
	//
	// Cause: Both sides name the same VPC, or clusters in it.
	//
	// Cure: Correct one of the sides.
	ReasonSelfPeering = "SelfPeering"
	// ReasonEncryptionEnforced says that a VPC enforces encryption in transit and does not exclude peering from it.
	//
	// Cause: The VPC's encryption control has the mode enforce. Peering between regions then needs the exclusion for VPC
	// peering.
	//
	// Cure: Have the owner of the VPC enable that exclusion, or set the mode to monitor.
	ReasonEncryptionEnforced = "EncryptionEnforced"
	// ReasonDNSAttributes says that a VPC lacks DNS support or DNS host names.
	//
	// Cause: The spec asks for DNS resolution, and enableDnsSupport or enableDnsHostnames of a VPC is off.
	//
	// Cure: Turn both on for the VPC that the message names, or set dnsResolution to Disabled.
	ReasonDNSAttributes = "DNSAttributes"
	// ReasonSelection says that a selected table or group does not exist, is of another VPC or is a gateway's table,
	// or that more are selected than status can record.
	//
	// Cause: An id or a tag in routes or securityGroups selects what cannot be used.
	//
	// Cure: Correct the selection; the message names the id.
	ReasonSelection = "InvalidSelection"
	// ReasonAdoption says that something which spec.adopt names cannot be adopted; nothing was changed.
	//
	// Cause: A connection, route or rule does not exist, belongs to another VPCPeering, or is not what crossvpc would
	// make itself.
	//
	// Cure: Correct the id that the message names, leave it out of spec.adopt, or change routes and securityGroups until
	// crossvpc would make it, too.
	ReasonAdoption = "InvalidAdoption"
)

// Reasons of PeeringActive.
const (
	// ReasonActive says that both sides see the connection active.
	//
	// Cause: The connection was requested and accepted.
	//
	// Cure: None is needed.
	ReasonActive = "Active"
	// ReasonForeignPeering says that somebody else made a live peering of this pair.
	//
	// Cause: Terraform, a person or another installation made a connection between the two VPCs.
	//
	// Cure: Delete that connection, or set adoptionPolicy to UseExisting to use it.
	ReasonForeignPeering = "ForeignPeering"
	// ReasonPeeringFailed says that AWS declared the connection failed.
	//
	// Cause: AWS refused the pair: wrong ids, blocks that overlap, or a quota of connections.
	//
	// Cure: Check VPC ids, accounts, regions and blocks of both sides, then change the spec or the annotation
	// networking.crossvpc.io/reconcile to try again.
	ReasonPeeringFailed = "PeeringFailed"
	// ReasonPeeringRejected says that somebody rejected the request.
	//
	// Cause: Somebody in the accepter's account rejected the request.
	//
	// Cure: Agree with them, then change the annotation networking.crossvpc.io/reconcile to request again.
	ReasonPeeringRejected = "PeeringRejected"
	// ReasonUnexpectedPeering says that the connection is not between the expected VPCs, accounts and regions; it was
	// not accepted.
	//
	// Cause: A connection of this id joins other VPCs, accounts or regions.
	//
	// Cure: Find out who requested it, then reject it or correct the sides.
	ReasonUnexpectedPeering = "UnexpectedPeering"
	// ReasonAccepterCannotSee says that the accepter's account does not see the request, minutes after it was made.
	//
	// Cause: The accepter's identity belongs to another account than its VPC, or the region is wrong.
	//
	// Cure: Check that the accepter's identity belongs to the account that owns the VPC.
	ReasonAccepterCannotSee = "AccepterCannotSeeRequest"
)

// Reasons of SecurityGroupsReady, RoutesReady and DNSReady.
const (
	// ReasonInPlace says that everything was seen in place.
	//
	// Cause: All routes, rules or options are as they should be.
	//
	// Cure: None is needed.
	ReasonInPlace = "InPlace"
	// ReasonSideUnread says that one side could not be read, and that everything that was seen is in place.
	//
	// Cause: The identity of that side is gone, or AWS denied one read.
	//
	// Cure: Do what the first condition that is False says. The other side is watched and repaired meanwhile.
	ReasonSideUnread = "SideNotReadable"
	// ReasonMissing says that something is missing that somebody else has to make.
	//
	// Cause: tables or groups is None, so somebody else makes routes or rules, and they are not there.
	//
	// Cure: Ask the owner to add what the message lists, or let crossvpc do it with Auto.
	ReasonMissing = "Missing"
	// ReasonRouteConflict says that another route to the same block prevents ours.
	//
	// Cause: A table has a route to the peer's block, or to a part of it, that leads elsewhere.
	//
	// Cure: Remove that route, or exclude the table or the block (excludeCIDRs). A dead route: set conflictPolicy to
	// ReplaceBlackhole.
	ReasonRouteConflict = "RouteConflict"
	// ReasonManyOpenRequests says that the requester's account has as many open requests for peering connections as
	// may be open at once.
	//
	// Cause: Many VPCPeerings were made together, and AWS limits how many requests of an account wait to be accepted.
	//
	// Cure: Wait: the request is made when others are accepted. If that does not happen, look for requests of others
	// that nobody accepts, with aws ec2 describe-vpc-peering-connections.
	ReasonManyOpenRequests = "ManyOpenRequests"
	// ReasonQuotaReached says that an AWS quota is used up.
	//
	// Cause: The account has as many routes, rules or connections as AWS allows.
	//
	// Cure: Ask AWS for a higher quota, or remove what nobody needs.
	ReasonQuotaReached = "QuotaReached"
	// ReasonPermissionDenied says that AWS denied the actions that are named.
	//
	// Cause: The identity's policy, a permissions boundary or a service control policy does not allow the actions.
	//
	// Cure: Add the actions that the message names to the role; config/iam has the whole policy.
	ReasonPermissionDenied = "PermissionDenied"
	// ReasonFighting says that something else keeps removing what we make.
	//
	// Cause: Another tool, such as Terraform, removes what crossvpc makes, again and again.
	//
	// Cure: Take these routes or rules out of the other tool, or set tables or groups to None.
	ReasonFighting = "FightingAnotherController"
	// ReasonNothingSelected says that Auto found no table or group.
	//
	// Cause: The clusters' subnets or interfaces are not known, or the VPC has no table or group that fits.
	//
	// Cure: Select tables or groups by id or tag.
	ReasonNothingSelected = "NothingSelected"
	// ReasonForeignRoutes says that routes of others lead to the connection and block its deletion.
	//
	// Cause: Somebody made routes to the connection. Without it they would be blackholes.
	//
	// Cure: Remove the routes that the message names, or force the deletion (annotation networking.crossvpc.io/force-
	// finalize).
	ReasonForeignRoutes = "ForeignRoutes"
	// ReasonCleanupBlocked says that something could not be removed.
	//
	// Cause: AWS or a cluster refuses the removal of what crossvpc made.
	//
	// Cure: Do what the message says, or force the deletion (annotation networking.crossvpc.io/force-finalize) and
	// remove the rest by hand.
	ReasonCleanupBlocked = "CleanupBlocked"
	// ReasonRefused says that AWS refused a request as invalid.
	//
	// Cause: AWS finds something wrong with the request. Another attempt would not help.
	//
	// Cure: Correct what the message names.
	ReasonRefused = "Refused"
)

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
	// Cause: Nodes of the cluster are in more than one VPC.
	//
	// Cure: A PeeredCluster must be in one VPC: move the nodes, or peer the VPCs without naming the cluster.
	ReasonSeveralVPCs = "SeveralVPCs"
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
	// ReasonProgressDeadlineExceeded says that a replacement did not join in time.
	//
	// Cause: The Auto Scaling group brought no new node within progressDeadlineSeconds.
	//
	// Cure: Read the activities of the group that the message names, then change the annotation
	// networking.crossvpc.io/retry.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonEvidenceLost says that crossvpc cannot determine which value the nodes run with.
	//
	// Cause: Agents are older than crossvpc's record of values, as after a move of the operator.
	//
	// Cure: Replace each node that the message names, or drain it, delete its agent's pod and uncordon it.
	ReasonEvidenceLost = "EvidenceLost"
	// ReasonAwaitingApproval says that approval is Manual and this revision is not approved.
	//
	// Cause: spec.rollout.approval is Manual, and the value is new.
	//
	// Cure: Read status.rollout.preview, then set spec.rollout.approvedRevision to its revision.
	ReasonAwaitingApproval = "AwaitingApproval"
	// ReasonOutsideWindow says that spec.rollout.window is closed.
	//
	// Cause: Nodes are replaced only within spec.rollout.window.
	//
	// Cure: Wait for the window, or widen it.
	ReasonOutsideWindow = "OutsideWindow"
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
