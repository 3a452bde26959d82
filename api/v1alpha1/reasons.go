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
	// Cure: Read the plan, then set spec.approvedPlan to its hash, or spec.mode to Apply.
	ReasonPlanned = "Planned"
	// ReasonPlanOutdated says that spec.approvedPlan names another plan than what is needed now: nothing was done.
	//
	// Cause: Something changed in AWS, in a cluster or in the spec after the plan was read, or the hash has a typo.
	//
	// Cure: Read status.plan and what the message says differs, then set spec.approvedPlan to status.plan.hash.
	ReasonPlanOutdated = "PlanOutdated"
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
	// ReasonAdmissionsFull says that an AWSIdentity cannot record that it admits this VPCPeering.
	//
	// Cause: The status of an AWSIdentity takes 2,000 VPCs, and 1,000 VPCPeerings of each.
	//
	// Cure: Delete VPCPeerings that nobody needs and that act through the AWSIdentity, or name another one.
	ReasonAdmissionsFull = "AdmissionsFull"
	// ReasonServiceRangeOverlap says that a block of the peer overlaps the addresses of a cluster's Services.
	//
	// Cause: An address in both is a Service for the pods of that cluster, so they never reach the peer's host with it.
	//
	// Cure: Re-address the VPC or the Services, exclude the block, or acknowledge it in the PeeredCluster.
	ReasonServiceRangeOverlap = "ServiceRangeOverlap"
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
