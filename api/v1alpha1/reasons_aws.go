package v1alpha1

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
	// Cause: Somebody in the account that was asked rejected the request.
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
	// ReasonAccepterCannotSee says that the account that has to accept does not see the request, minutes after it was made.
	//
	// Cause: The identity of the side that was asked belongs to another account than its VPC, or the region is wrong.
	//
	// Cure: Check that this identity belongs to the account that owns the VPC.
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
